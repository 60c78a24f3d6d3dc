from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from foundation import clock
from foundation.errors import Refusal
from foundation.http.admin_site import ReadOnlyAdmin
from foundation.identity.actors import actor_of
from foundation.inbox.models import Group, Letter
from foundation.inbox.services import replay_letter

READERS = ("admin", "auditor", "compliance")


@admin.register(Group)
class GroupAdmin(ReadOnlyAdmin):
    seen_by = READERS
    list_display = ("name", "since")


@admin.register(Letter)
class LetterAdmin(ReadOnlyAdmin):
    seen_by = READERS
    list_display = ("event_type", "group", "state", "tries", "error", "aggregate_type", "aggregate_id", "parked_at")
    list_filter = ("state", "group", "event_type")
    search_fields = ("=event_id", "=aggregate_id")
    exclude = ("news_seq",)
    actions = ("replay",)

    @admin.action(description="Try again now")
    def replay(self, request: HttpRequest, queryset: QuerySet[Letter]) -> None:
        if "admin" not in request.user.role_names:  # type: ignore[union-attr]
            self.message_user(request, "Trying again is for admins.", messages.ERROR)
            return
        for letter in queryset:
            try:
                replay_letter(letter.pk, by=actor_of(request), at=clock.now())
            except Refusal as refusal:
                self.message_user(request, f"{letter}: {refusal.detail}", messages.ERROR)
            else:
                self.message_user(request, f"{letter}: tried again within a second", messages.SUCCESS)
