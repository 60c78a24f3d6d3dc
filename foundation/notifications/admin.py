from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from foundation import clock
from foundation.errors import Refusal
from foundation.http.admin_site import ReadOnlyAdmin
from foundation.identity.actors import actor_of
from foundation.identity.roles import Role
from foundation.notifications.models import Delivery, Notification
from foundation.notifications.services import send_again

READERS = ("admin", "support", "compliance", "auditor")


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    seen_by = READERS
    shows_people = True
    list_display = ("title", "recipient", "level", "notice", "created_at", "read_at", "settled_at")
    list_filter = ("level", "notice", ("read_at", admin.EmptyFieldListFilter))
    search_fields = ("=id", "title", "recipient__email")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    seen_by = READERS
    list_display = ("notification", "state", "attempts", "due_at", "sent_at", "error")
    list_filter = ("state",)
    search_fields = ("=id", "=notification__id")
    actions = ("send_again",)

    @admin.action(description="Send this mail once more")
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        if Role.ADMIN not in request.user.role_names:  # type: ignore[union-attr]
            self.message_user(request, "Sending again is for admins.", messages.ERROR)
            return
        for delivery in queryset:
            try:
                send_again(delivery_id=delivery.pk, by=actor_of(request), at=clock.now())
            except Refusal as refusal:
                self.message_user(request, refusal.detail, messages.ERROR)
            else:
                self.message_user(request, "It leaves with the next round, under its old reference.", messages.SUCCESS)
