from __future__ import annotations

from django.contrib import admin

from foundation.http.admin_site import ReadOnlyAdmin
from foundation.notifications.models import Delivery, Notification

READERS = ("admin", "support", "compliance", "auditor")


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    seen_by = READERS
    shows_people = True
    list_display = ("title", "recipient", "level", "notice", "created_at", "read_at")
    list_filter = ("level", "notice", ("read_at", admin.EmptyFieldListFilter))
    search_fields = ("=id", "title", "recipient__email")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    seen_by = READERS
    list_display = ("notification", "state", "attempts", "due_at", "sent_at", "error")
    list_filter = ("state",)
    search_fields = ("=id", "=notification__id")
