from __future__ import annotations

from django.contrib import admin

from foundation.http.admin_site import ReadOnlyAdmin
from ledger.models import Account, Hold, RevenueSplit, Transfer

READERS = ("finance", "auditor", "compliance", "executive", "admin")


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    seen_by = READERS
    list_display = ("id", "path", "opened_at", "closed_at")
    list_filter = ("kind", "purpose", "currency")
    search_fields = ("=path", "=party_id")


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    seen_by = READERS
    list_display = ("seq", "recorded_at", "kind", "amount", "currency", "debit_account", "credit_account", "id")
    list_display_links = ("id",)
    search_fields = ("=id", "=journal_id")
    ordering = ("-xact",)  # the newest first, by the index there is
    exclude = ("xact",)


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    seen_by = READERS
    list_display = ("id", "account", "amount", "captured", "released", "currency", "state", "placed_at", "expires_at")
    list_filter = ("state",)
    search_fields = ("=id",)


@admin.register(RevenueSplit)
class RevenueSplitAdmin(ReadOnlyAdmin):
    seen_by = READERS
    list_display = ("platform", "product", "creator", "creator_basis_points", "active_from", "active_until")
    list_filter = ("platform", "product")
    exclude = ("news_seq",)
