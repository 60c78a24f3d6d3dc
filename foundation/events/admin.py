from __future__ import annotations

from django.contrib import admin

from foundation.events.models import Outbox
from foundation.http.admin_site import ReadOnlyAdmin


@admin.register(Outbox)
class OutboxAdmin(ReadOnlyAdmin):
    seen_by = ("admin", "auditor", "compliance")
    list_display = ("id", "at", "type", "version", "aggregate_type", "aggregate_id", "sequence", "relayed_at")
    list_filter = ("stream", "type")
    search_fields = ("=id", "=aggregate_id", "=type")
