from __future__ import annotations

from django.contrib import admin

from foundation.http.admin_site import ReadOnlyAdmin
from foundation.identity.roles import Role
from products.content.models import Content, ContentAccess, ContentAction, ContentActionKey


class ContentBase(ReadOnlyAdmin):
    """Lists of large tables are not counted in full."""

    seen_by = (Role.MODERATOR, Role.COMPLIANCE, Role.LEGAL, Role.SUPPORT, Role.AUDITOR, Role.ADMIN)


@admin.register(Content)
class ContentAdmin(ContentBase):
    list_display = ("external_id", "title", "kind", "platform", "price_minor", "currency", "is_active", "updated_at")
    list_filter = ("platform", "kind", "is_active")
    search_fields = ("=id", "=external_id", "=creator__id")


@admin.register(ContentAccess)
class ContentAccessAdmin(ContentBase):
    list_display = ("content", "platform", "source", "seen_percent", "given_at", "until", "ended_at", "ended_because")
    list_filter = ("platform", "source", "ended_because")
    search_fields = ("=id", "=external_id", "=payment__id", "=fan__id", "=content__id")


@admin.register(ContentAction)
class ContentActionAdmin(ContentBase):
    list_display = ("at", "act", "content", "platform", "by_kind", "by", "reason")
    list_filter = ("act", "by_kind", "platform")
    search_fields = ("=external_id", "=content__id")


@admin.register(ContentActionKey)
class ContentActionKeyAdmin(ContentBase):
    list_display = ("external_id", "platform")
    list_filter = ("platform",)
    search_fields = ("=external_id",)
    exclude = ("said",)
