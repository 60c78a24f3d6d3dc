from __future__ import annotations

from django.contrib import admin

from foundation.http.admin_site import ReadOnlyAdmin
from foundation.restrictions.models import Restriction


@admin.register(Restriction)
class RestrictionAdmin(ReadOnlyAdmin):
    seen_by = ("admin", "compliance", "legal", "moderator", "fraud_detector", "fraud_responder", "support", "auditor")
    shows_people = True
    list_display = ("party", "kind", "platform", "active_from", "active_until", "source", "ended_at")
    list_filter = ("kind", "platform", ("ended_at", admin.EmptyFieldListFilter))
    search_fields = ("=party__id", "=id", "source")
