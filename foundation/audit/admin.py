from __future__ import annotations

from django.contrib import admin

from foundation.audit.models import AuditRecord
from foundation.http.admin_site import ReadOnlyAdmin


@admin.register(AuditRecord)
class AuditRecordAdmin(ReadOnlyAdmin):
    seen_by = ("auditor", "compliance", "legal", "admin")
    shows_people = True
    list_display = ("id", "at", "actor", "action", "outcome", "subject_type", "subject_id", "reason")
    list_filter = ("outcome", "subject_type")
    search_fields = ("=action", "=actor", "=subject_id", "=request_id")
    exclude = ("xact", "commitment")
