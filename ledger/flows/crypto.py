"""Booking coins at our own addresses: that they came, what they paid for, and that a chain took them back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.errors import NotFound
from foundation.money import Money
from ledger.flows.journal import Journal, moved, post_legs, posted_before
from ledger.rules.flows import crypto
from ledger.rules.flows.crypto import Coins
from ledger.rules.legs import Source
from ledger.selectors import find_account, get_balance, list_journal
from ledger.types import AccountKey


def receive_coins(*, journal_id: UUID, currency: str, on_chain: int, effective_at: datetime | None = None) -> Journal:
    """Book coins that are ours for good, to the last unit of their chain; they wait until something claims them."""
    legs = crypto.receive(currency, on_chain, crypto.unclaimed(currency))
    return post_legs(journal_id=journal_id, legs=legs, effective_at=effective_at)


def use_coins(
    *, journal_id: UUID, coins: Iterable[Coins], price: Money, paid_to: AccountKey, wallet: AccountKey,
    effective_at: datetime | None = None,
) -> Journal:  # fmt: skip
    """Book what coins that waited pay for, and who has the rest."""
    return post_legs(journal_id=journal_id, legs=crypto.use(coins, price, paid_to, wallet), effective_at=effective_at)


def undo_coins(*, journal_id: UUID, undone_journal_id: UUID, wallet: AccountKey) -> Journal:
    """Take back a journal of the two above. What the fan has spent of it meanwhile is our loss.

    NotFound when there is no such journal; InsufficientBalance when the fan spends it at this moment: try again.
    """
    with transaction.atomic():
        if known := posted_before(journal_id):
            return known
        ids = [leg.id for leg in list_journal(undone_journal_id)]
        if not ids:
            raise NotFound("ledger.no_coins", "There is no such journal.", journal_id=str(undone_journal_id))
        legs = moved(ids)
        opened = find_account(wallet)
        free = (get_balance(opened).available if opened else None) or Money.zero(wallet.currency)
        undone = crypto.undo([legs[id] for id in ids], Source(wallet, free))
        return post_legs(journal_id=journal_id, legs=undone)
