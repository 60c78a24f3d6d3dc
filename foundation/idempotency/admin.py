from __future__ import annotations

from django.contrib import admin

from foundation.http.admin_site import ReadOnlyAdmin
from foundation.idempotency.models import IdempotencyKey


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    seen_by = ("admin", "support", "auditor")
    list_display = ("key", "caller", "state", "status", "resource_type", "resource_id", "created_at")
    list_filter = ("state",)
    search_fields = ("=key", "=caller", "=resource_id")
    exclude = ("request_hash", "body")
