"""Card purchases: authorised is a hold, cleared is its capture."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.money import Money
from ledger.flows.journal import Journal, posted_before
from ledger.rules.flows import cards
from ledger.rules.legs import Leg, leg_id
from ledger.selectors import get_hold
from ledger.services import capture_hold, open_account, place_hold, post
from ledger.types import Posting, Reserved


def authorise_card(*, hold_id: UUID, party_id: UUID, amount: Money, expires_at: datetime | None = None) -> Reserved:
    """Hold what a shop asks for. InsufficientBalance when the card has less."""
    reserve = cards.authorise(party_id, amount)
    with transaction.atomic():
        return place_hold(
            id=hold_id,
            account_id=open_account(reserve.account),
            amount=amount,
            credit_account_id=open_account(cards.settlement(amount.currency)),
            expires_at=expires_at,
            reason="card",
        )


def clear_card(*, journal_id: UUID, hold_id: UUID, party_id: UUID, amount: Money, is_last: bool = True) -> Journal:
    """Take what the shop cleared from the hold, once; more than was held is taken from the card besides.

    Refuses HoldSettled, InsufficientBalance.
    """
    with transaction.atomic():
        if known := posted_before(journal_id):
            return known
        within, beyond = cards.clear(party_id, amount, get_hold(hold_id).left)
        posted = [capture_hold(hold_id=hold_id, posting=_posting(journal_id, within), is_rest_kept=not is_last)]
        if beyond.amount:
            posted.append(post(_posting(journal_id, beyond)))
    return Journal(journal_id, any(row.is_new for row in posted), tuple(row.id for row in posted))


def _posting(journal_id: UUID, leg: Leg) -> Posting:
    return Posting(
        id=leg_id(journal_id, leg.kind),
        journal_id=journal_id,
        debit=open_account(leg.debit),
        credit=open_account(leg.credit),
        amount=leg.amount,
        kind=leg.kind,
    )
