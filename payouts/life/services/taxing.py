"""Tax that is kept back of a payout when it is asked for, and given back when it does not reach its creator."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from compliance.tax.services import note_given_back, note_withheld, what_to_withhold
from compliance.tax.types import Withholding
from foundation.actors import Actor
from foundation.ids import named_id
from foundation.money import Money
from ledger import flows
from ledger.flows import post_legs
from ledger.rules.flows import payouts as flow
from payouts.life.models import Payout
from payouts.life.states import PayoutState

NOT_REACHED = frozenset({PayoutState.FAILED, PayoutState.CANCELLED, PayoutState.RETURNED})


def after_tax(creator_id: UUID, amount: Money, *, at: datetime) -> Money:
    """What a payout of so much would be, asked for now: its limits look at this."""
    return amount - what_to_withhold(party_id=creator_id, amount=amount, at=at).amount


def withhold(payout: Payout, asked: Money, kept: Withholding, *, by: Actor, at: datetime) -> None:
    """Book and write down what is kept back, in the transaction of the request."""
    if not kept.amount:
        return
    legs = flow.withhold(payout.creator_id, kept.amount, str(kept.scheme))
    post_legs(journal_id=named_id("payout.withheld", payout.pk), legs=legs)
    note_withheld(payout_id=payout.pk, party_id=payout.creator_id, base=asked, kept=kept, by=by, at=at)


def give_withheld_back(payout: Payout, *, by: Actor, at: datetime) -> None:
    """It did not reach its creator: what was kept back is available again, debts first, once."""
    row = note_given_back(payout_id=payout.pk, by=by, at=at)
    if row is not None:
        flows.give_withheld_back(
            journal_id=named_id("payout.withheld_back", payout.pk), creator_id=payout.creator_id,
            amount=Money(row.withheld_minor, row.currency), scheme=row.scheme,
        )  # fmt: skip
