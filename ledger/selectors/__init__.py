"""What the books say: now, at a time, at a version."""

from ledger.selectors.accounts import find_account, get_account, list_accounts, list_kinds
from ledger.selectors.balances import (
    closed_before,
    get_balance,
    get_balances,
    posted_at,
    posted_at_version,
    sums_by_currency,
)
from ledger.selectors.history import get_transfer, list_history, list_journal, list_reversals
from ledger.selectors.holds import get_hold, list_open_holds

__all__ = [
    "closed_before",
    "find_account",
    "get_account",
    "get_balance",
    "get_balances",
    "get_hold",
    "get_transfer",
    "list_accounts",
    "list_history",
    "list_journal",
    "list_kinds",
    "list_open_holds",
    "list_reversals",
    "posted_at",
    "posted_at_version",
    "sums_by_currency",
]
