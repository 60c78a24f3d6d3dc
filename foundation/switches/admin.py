from __future__ import annotations

from django.contrib import admin

from foundation.http.admin_site import ReadOnlyAdmin
from foundation.switches.models import Switch, SwitchChange


@admin.register(Switch)
class SwitchAdmin(ReadOnlyAdmin):
    list_display = ("key", "kind", "state", "value", "why", "changed_by", "changed_at", "expires_at")
    list_filter = ("kind", "state")
    search_fields = ("key",)
    exclude = ("news_seq",)


@admin.register(SwitchChange)
class SwitchChangeAdmin(ReadOnlyAdmin):
    list_display = ("switch", "deed", "before", "after", "reason", "by", "at")
    list_filter = ("deed", "switch")
    search_fields = ("reason", "=by")
