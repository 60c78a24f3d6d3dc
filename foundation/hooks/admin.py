from __future__ import annotations

from django.contrib import admin

from foundation.hooks.models import Attempt, Delivery, Endpoint, Message
from foundation.http.admin_site import ReadOnlyAdmin
from foundation.identity.roles import Role

READERS = (Role.ADMIN, Role.SUPPORT, Role.AUDITOR)


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    seen_by = READERS
    list_display = ("id", "platform", "url", "state", "why", "failing_since", "created_at")
    list_filter = ("state", "platform")
    search_fields = ("=id", "url")
    exclude = ("secret", "previous_secret")


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    seen_by = READERS
    list_display = ("id", "type", "about", "sequence", "told_at")
    search_fields = ("=id", "=about")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    seen_by = READERS
    list_display = ("id", "endpoint", "message", "state", "tries", "due_at", "done_at", "last_status", "last_error")
    list_filter = ("state",)
    search_fields = ("=id", "=about")


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    seen_by = READERS
    list_display = ("id", "delivery", "at", "milliseconds", "status", "error")
    search_fields = ("=delivery__id",)
