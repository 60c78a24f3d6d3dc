"""Payouts in the back office: read only; people act on the pages of operations."""

from __future__ import annotations

from django.contrib import admin

from foundation.http.admin_site import ReadOnlyAdmin
from foundation.identity.roles import Role
from payouts import models


class PayoutsAdmin(ReadOnlyAdmin):
    seen_by = (Role.FINANCE, Role.AUDITOR, Role.COMPLIANCE, Role.FRAUD_RESPONDER, Role.ADMIN)


@admin.register(models.Payout)
class PayoutAdmin(PayoutsAdmin):
    list_display = ("id", "rail", "amount_minor", "fee_minor", "currency", "state", "origin", "requested_at", "due_at")
    list_filter = ("state", "rail", "currency", "origin")
    search_fields = ("=id", "=creator__id")


@admin.register(models.PayoutEscrow)
class PayoutEscrowAdmin(PayoutsAdmin):
    list_display = ("payout_id", "status", "hours", "score", "planned_release_at", "released_at")
    list_filter = ("status",)
    search_fields = ("=payout__id",)


@admin.register(models.PayoutCheck)
class PayoutCheckAdmin(PayoutsAdmin):
    list_display = ("id", "payout_id", "kind", "outcome", "policy", "at")
    list_filter = ("kind", "outcome")
    search_fields = ("=payout__id",)


@admin.register(models.PayoutInstruction)
class PayoutInstructionAdmin(PayoutsAdmin):
    list_display = ("reference", "rail", "amount_minor", "currency", "state", "provider_ref", "sent_at", "repair_at")
    list_filter = ("state", "rail")
    search_fields = ("=reference", "=provider_ref", "=payout__id")


@admin.register(models.PayoutBatch)
class PayoutBatchAdmin(PayoutsAdmin):
    list_display = ("reference", "rail", "currency", "day", "number", "count", "total_minor", "state")
    list_filter = ("state", "rail")
    search_fields = ("=reference", "=bank_ref")
    exclude = ("file", "file_sha256", "news_seq")


@admin.register(models.PayoutMethod)
class PayoutMethodAdmin(PayoutsAdmin):
    list_display = ("label", "rail", "currency", "state", "is_preferred", "usable_from", "created_at")
    list_filter = ("state", "rail", "currency")
    search_fields = ("=id", "=creator__id")
    exclude = ("sealed", "fingerprint", "news_seq")


@admin.register(models.PayoutSchedule)
class PayoutScheduleAdmin(PayoutsAdmin):
    list_display = ("creator_id", "currency", "kind", "weekday", "threshold_minor", "changed_at")
    list_filter = ("kind", "currency")
    search_fields = ("=creator__id",)


@admin.register(models.Freeze)
class FreezeAdmin(PayoutsAdmin):
    list_display = ("id", "freeze_type", "code", "severity", "state", "frozen_at", "release_at", "review_by")
    list_filter = ("state", "freeze_type", "severity", "code")
    search_fields = ("=id", "=creator__id", "=payout__id")


@admin.register(models.FreezeRule)
class FreezeRuleAdmin(PayoutsAdmin):
    list_display = ("name", "version", "measure", "below", "above", "freeze_type", "severity", "code", "is_on")
    list_filter = ("freeze_type", "severity", "is_on")


@admin.register(models.ReviewNote)
class ReviewNoteAdmin(PayoutsAdmin):
    list_display = ("id", "rule", "severity", "code", "noted_at", "seen_by")
    list_filter = ("severity", "code")
    search_fields = ("=creator__id", "=payout__id")


@admin.register(models.IntegrityScore)
class IntegrityScoreAdmin(PayoutsAdmin):
    list_display = ("creator_id", "score", "level")
    exclude = ("news_seq",)
    list_filter = ("level",)
    search_fields = ("=creator__id",)


@admin.register(models.IntegrityRecord)
class IntegrityRecordAdmin(PayoutsAdmin):
    list_display = ("id", "creator_id", "score", "level", "reason", "policy", "at")
    list_filter = ("level",)
    search_fields = ("=creator__id", "=id")


@admin.register(models.EarningsLine)
class EarningsLineAdmin(PayoutsAdmin):
    list_display = ("creator_id", "platform", "product", "currency", "settles_on", "amount_minor", "status")
    list_filter = ("status", "platform", "product", "currency")
    search_fields = ("=creator__id",)


@admin.register(models.PayoutAnswer)
class PayoutAnswerAdmin(PayoutsAdmin):
    list_display = ("payout_id", "stars", "answered_at")
    list_filter = ("stars",)
    search_fields = ("=payout__id", "=creator__id")


@admin.register(models.PayoutQuestion)
class PayoutQuestionAdmin(PayoutsAdmin):
    list_display = ("id", "payout_id", "asked_at", "answered_at", "answered_by")
    search_fields = ("=id", "=payout__id")
