"""How a creator stands when they ask for a payout: the score they have, and what share of their sales went back."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from payouts.integrity.selectors import get_score
from payouts.life.seams import Measured


def measure(creator_id: UUID) -> Measured:
    """By the score that stands, and by number or value of refunds, whichever is the larger share."""
    score = get_score(creator_id)
    found = score.inputs
    shares = (_share(found.refunded, found.sales), _share(found.refunded_value, found.value))
    return Measured(score.record_id, score.score, max(shares), score.flags)


def _share(part: int, whole: int) -> Decimal:
    return min(Decimal(part) / Decimal(whole), Decimal(1)) if whole else Decimal(0)
