from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from foundation.http.admin_site import ReadOnlyAdmin
from foundation.identity.roles import Role
from ledger.models import (
    Account,
    Break,
    Hold,
    OutsideLine,
    OutsideStatement,
    RevenueSplit,
    Settled,
    Transfer,
)
from ledger.selectors import accounts_with_balances


class BooksAdmin(ReadOnlyAdmin):
    """The ledger's tables as they stand. Lists of large tables are not counted in full."""

    seen_by = (Role.FINANCE, Role.AUDITOR, Role.COMPLIANCE, Role.EXECUTIVE, Role.ADMIN)


@admin.register(Account)
class AccountAdmin(BooksAdmin):
    list_display = ("path", "posted", "held", "floor", "currency", "platform_id", "opened_at", "closed_at")
    list_filter = ("kind", "purpose", "currency")
    search_fields = ("=id", "=path", "=party_id")
    readonly_fields = ("posted", "held", "floor")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        return accounts_with_balances()

    def posted(self, row: Any) -> int:
        """Credits less debits, in minor units."""
        return row.posted

    def held(self, row: Any) -> int:
        return row.held

    def floor(self, row: Any) -> int | None:
        return row.floor


@admin.register(Transfer)
class TransferAdmin(BooksAdmin):
    list_display = (
        "id",
        "kind",
        "amount",
        "currency",
        "debit_account",
        "credit_account",
        "recorded_at",
        "effective_at",
    )
    search_fields = ("=id", "=journal_id")
    exclude = ("xact",)
    ordering = ("-xact",)  # the newest first, by the index there is


@admin.register(Hold)
class HoldAdmin(BooksAdmin):
    list_display = ("id", "account", "amount", "captured", "released", "currency", "state", "placed_at", "expires_at")
    list_filter = ("state", "currency")
    search_fields = ("=id", "=account__id", "=account__path")
    readonly_fields = ("stands_for",)

    def stands_for(self, row: Hold) -> str:
        return ", ".join(reason.reason for reason in row.reasons.all() if reason.lifted_at is None)


@admin.register(OutsideStatement)
class OutsideStatementAdmin(BooksAdmin):
    list_display = ("book", "reference", "since", "until", "line_count", "received_by", "received_at")
    list_filter = ("book",)
    search_fields = ("=reference",)


@admin.register(OutsideLine)
class OutsideLineAdmin(BooksAdmin):
    list_display = ("reference", "amount_minor", "currency", "at", "statement", "number")
    list_filter = ("currency",)
    search_fields = ("=reference",)


@admin.register(Break)
class BreakAdmin(BooksAdmin):
    list_display = (
        "kind",
        "state",
        "book",
        "reference",
        "difference_minor",
        "currency",
        "owner",
        "opened_at",
        "due_at",
    )
    list_filter = ("state", "kind", "book")
    search_fields = ("=reference", "=owner")
    exclude = ("news_seq",)


@admin.register(Settled)
class SettledAdmin(BooksAdmin):
    list_display = ("account", "transfer", "line", "settled_by", "settled_at")


@admin.register(RevenueSplit)
class RevenueSplitAdmin(BooksAdmin):
    list_display = ("platform", "product", "creator", "creator_basis_points", "active_from", "active_until")
    list_filter = ("platform", "product")
    exclude = ("news_seq",)
