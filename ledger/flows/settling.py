"""Settling many lines in as few calls as there are."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from foundation.money import Money
from ledger import chart
from ledger.flows.earnings import settle_earnings
from ledger.flows.journal import opened, post_journals, stamped
from ledger.rules.flows import earnings
from ledger.types import AccountKey

Settled = tuple[UUID, AccountKey, Money]


def settle_lines(lines: Sequence[Settled]) -> None:
    """Settle each line (journal, pending account, amount) as `settle_earnings` does; the caller's transaction is one.

    Who owes, or ever owed, is settled alone. InsufficientBalance when one of the lines has not as much.
    """
    together = []
    owing = opened({chart.creator("receivable", _party(key), key.currency) for _, key, _ in lines})
    for journal_id, key, amount in lines:
        if chart.creator("receivable", _party(key), key.currency) in owing:
            settle_earnings(journal_id=journal_id, pending=key, amount=amount)
        else:
            asked = {"pending": key.path, "amount": amount, "reserve": 0, "creator_id": _party(key)}
            together.append((journal_id, stamped(earnings.settle(key, amount), asked, _party(key), None), None))
    post_journals(together)


def _party(key: AccountKey) -> UUID:
    if key.party_id is None:
        raise ValueError(f"{key.path} is no creator's")
    return key.party_id
