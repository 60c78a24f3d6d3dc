"""Verbs of reconciliation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from foundation.actors import Actor
from ledger.reconciliation.balances import check_balances
from ledger.reconciliation.books import books
from ledger.reconciliation.breaks import give_back_break, resolve_break, take_break
from ledger.reconciliation.statements import import_statement, match_book

__all__ = [
    "check_balances",
    "give_back_break",
    "import_statement",
    "match_book",
    "reconcile",
    "resolve_break",
    "take_break",
]


def reconcile(*, by: Actor, at: datetime) -> dict[str, Any]:
    """The daily look: our balances against their movements, and every book's statements against our postings."""
    checked = check_balances(by=by, at=at)
    matched = opened = 0
    for name in books:
        pairs, breaks = match_book(name, by=by, at=at)
        matched, opened = matched + pairs, opened + breaks
    return {
        "slots_checked": checked.slots, "balance_breaks": checked.opened, "lines_matched": matched,
        "statement_breaks": opened,
    }  # fmt: skip
