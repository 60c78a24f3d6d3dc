from __future__ import annotations

from django.contrib import admin

from foundation.http.admin_site import ReadOnlyAdmin
from foundation.uploads.models import Upload


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    seen_by = ("admin", "compliance", "legal", "auditor")
    shows_people = True
    list_display = ("id", "party", "subject_type", "kind", "size", "state", "sent_by", "sent_at", "finding")
    list_filter = ("state", "kind", "subject_type")
    search_fields = ("=id", "=party__id", "=subject_id")
