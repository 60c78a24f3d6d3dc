"""What the seams of other rooms ask: how a creator stands, and which freezes wait for a decision."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from payouts.freezes.models import Freeze
from payouts.freezes.services.releasing import needs_second_person
from payouts.freezes.states import STOPS
from payouts.integrity.selectors import get_score
from payouts.life.seams import Measured


def measure(creator_id: UUID) -> Measured:
    """By what a payout's hours are found."""
    view = get_score(creator_id)
    known = view.inputs
    ratio = Decimal(known.refunded) / known.sales if known.sales else Decimal(0)
    return Measured(view.record_id, view.score, ratio, view.flags)


def live_of_escalation(escalation_id: UUID) -> list[tuple[UUID, bool]]:
    """Live freezes that wait for this escalation, and whether two people let each go."""
    rows = Freeze.objects.filter(escalation_id=escalation_id, state__in=STOPS).order_by("payout_id", "pk")
    return [(row.pk, needs_second_person(row)) for row in rows]
