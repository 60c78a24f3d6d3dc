from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from foundation.http.admin_site import ReadOnlyAdmin
from foundation.identity.roles import Role
from processors.models import (
    Attempt,
    ChainBlock,
    ChainWatch,
    ChargeWarrant,
    CoinRate,
    CryptoInvoice,
    Deposit,
    DepositAddress,
    Dispute,
    HdKey,
    Instrument,
    MerchantAccount,
    Payment,
    ProviderTold,
    Refund,
    Subscription,
    WebhookCall,
)

MONEY = (Role.FINANCE, Role.AUDITOR, Role.COMPLIANCE, Role.ADMIN, Role.SUPPORT)
WIRES = (Role.FINANCE, Role.AUDITOR, Role.ADMIN)


class MoneyAdmin(ReadOnlyAdmin):
    """Lists of large tables are not counted in full."""

    seen_by: tuple[str, ...] = MONEY
    show_full_result_count = False
    exclude: ClassVar[tuple[str, ...]] = ("news_seq",)


@admin.register(Payment)
class PaymentAdmin(MoneyAdmin):
    list_display = ("id", "platform", "product", "amount", "state", "merchant_account", "created_at", "captured_at")
    list_filter = ("state", "platform", "product", "method", "currency")
    list_select_related = ("platform",)
    search_fields = ("=id", "=reference", "=fan__id", "=creator__id")


@admin.register(Attempt)
class AttemptAdmin(MoneyAdmin):
    list_display = ("reference", "provider", "operation", "state", "result", "code", "sent_at", "latency_ms")
    list_filter = ("state", "result", "provider", "decline_class")
    search_fields = ("=reference", "=provider_ref", "=payment__id")
    exclude = ("news_seq", "token")


@admin.register(ChargeWarrant)
class ChargeWarrantAdmin(MoneyAdmin):
    list_display = ("id", "payment", "verdict", "policy", "granted_by", "granted_at")
    list_filter = ("verdict", "policy")
    search_fields = ("=id", "=payment__id")


@admin.register(Refund)
class RefundAdmin(MoneyAdmin):
    list_display = ("reference", "platform", "amount", "state", "origin", "requested_by", "created_at", "done_at")
    list_filter = ("state", "origin", "provider", "platform")
    list_select_related = ("platform",)
    search_fields = ("=id", "=reference", "=provider_ref", "=payment__id")


@admin.register(Dispute)
class DisputeAdmin(MoneyAdmin):
    list_display = ("provider_ref", "provider", "platform", "amount_minor", "currency", "state", "opened_at")
    list_filter = ("state", "provider", "platform")
    list_select_related = ("platform",)
    search_fields = ("=id", "=provider_ref", "=payment__id")


@admin.register(Subscription)
class SubscriptionAdmin(MoneyAdmin):
    list_display = ("reference", "platform", "amount_minor", "currency", "period_days", "state", "paid_until")
    list_filter = ("state", "billed_by", "platform")
    list_select_related = ("platform",)
    search_fields = ("=id", "=reference", "=provider_ref")


@admin.register(Instrument)
class InstrumentAdmin(MoneyAdmin):
    list_display = ("id", "platform", "merchant_account", "brand", "last4", "expires", "is_usable", "created_at")
    list_filter = ("is_usable", "merchant_account")
    list_select_related = ("platform",)
    search_fields = ("=id", "=party__id")
    exclude = ("token", "fingerprint")


@admin.register(MerchantAccount)
class MerchantAccountAdmin(MoneyAdmin):
    seen_by = WIRES
    list_display = ("slug", "provider", "rank", "is_open")
    list_filter = ("provider", "is_open")
    exclude = ()


@admin.register(WebhookCall)
class WebhookCallAdmin(MoneyAdmin):
    seen_by = WIRES
    list_display = ("id", "provider", "state", "proof", "why", "received_at")
    list_filter = ("provider", "state", "proof")
    search_fields = ("=id",)
    exclude = ("news_seq", "body", "body_sha256", "headers", "query")


@admin.register(ProviderTold)
class ProviderToldAdmin(MoneyAdmin):
    seen_by = WIRES
    list_display = ("key", "provider", "kind", "state", "times_told", "tries", "received_at", "done_at")
    list_filter = ("provider", "state", "kind")
    search_fields = ("=key", "=reference", "=provider_ref", "=payment__id")


@admin.register(HdKey)
class HdKeyAdmin(MoneyAdmin):
    seen_by = WIRES
    list_display = ("chain", "path", "network", "next_index", "is_active", "added_by", "added_at")
    list_filter = ("chain", "is_active")
    exclude = ("account_key",)


@admin.register(DepositAddress)
class DepositAddressAdmin(MoneyAdmin):
    seen_by = WIRES
    list_display = ("address", "chain", "index", "given_at")
    list_filter = ("chain",)
    search_fields = ("=address",)
    exclude = ()


@admin.register(CryptoInvoice)
class CryptoInvoiceAdmin(MoneyAdmin):
    list_display = ("reference", "platform", "coin", "price", "due_units", "state", "expires_at", "why_stuck")
    list_filter = ("state", "coin", "platform")
    list_select_related = ("platform",)
    search_fields = ("=id", "=reference", "=payment__id", "=address__address")


@admin.register(Deposit)
class DepositAdmin(MoneyAdmin):
    list_display = ("txid", "index", "coin", "units", "state", "block_height", "is_late", "seen_at")
    list_filter = ("state", "coin")
    search_fields = ("=txid", "=invoice__id")


@admin.register(CoinRate)
class CoinRateAdmin(MoneyAdmin):
    seen_by = WIRES
    list_display = ("coin", "currency", "rate", "source", "quoted_at")
    list_filter = ("coin", "currency", "source")
    exclude = ()


@admin.register(ChainWatch)
class ChainWatchAdmin(MoneyAdmin):
    seen_by = WIRES
    list_display = ("chain", "fence", "lease_until", "looked_at")


@admin.register(ChainBlock)
class ChainBlockAdmin(MoneyAdmin):
    seen_by = WIRES
    list_display = ("chain", "height", "hash", "mined_at")
    list_filter = ("chain",)
    search_fields = ("=hash",)
    exclude = ()
