from __future__ import annotations

from django.contrib import admin

from foundation.http.admin_site import ReadOnlyAdmin
from foundation.identity.roles import Role
from trust.models import TrustDecision, TrustLimit, TrustNotTaken, TrustTally


class TrustAdmin(ReadOnlyAdmin):
    """What decides over money, and what was decided. Lists of large tables are not counted in full."""

    seen_by = (Role.FINANCE, Role.AUDITOR, Role.COMPLIANCE, Role.FRAUD_DETECTOR, Role.FRAUD_RESPONDER, Role.ADMIN)


@admin.register(TrustLimit)
class TrustLimitAdmin(TrustAdmin):
    list_display = (
        "name", "version", "act", "subject", "platform", "window_seconds", "most_count", "most_minor", "currency",
        "verdict", "is_strict", "active_from",
    )  # fmt: skip
    list_filter = ("act", "subject", "verdict", "is_strict", "platform")
    search_fields = ("=name",)
    exclude = ("news_seq",)


@admin.register(TrustDecision)
class TrustDecisionAdmin(TrustAdmin):
    list_display = (
        "id", "act", "platform", "amount_minor", "currency", "verdict", "is_counted", "policy", "latency_us", "at",
    )  # fmt: skip
    list_filter = ("act", "verdict", "platform", "currency")
    search_fields = ("=id", "=payment_id", "=fan_id", "=creator_id", "=card", "=device")


@admin.register(TrustTally)
class TrustTallyAdmin(TrustAdmin):
    list_display = ("who", "act", "minute", "currency", "count", "amount_minor")
    list_filter = ("act", "currency")
    search_fields = ("=who",)


@admin.register(TrustNotTaken)
class TrustNotTakenAdmin(TrustAdmin):
    list_display = ("payment_id", "at")
    search_fields = ("=payment_id",)
