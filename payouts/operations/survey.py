"""One question after a payout or its freeze ended: did you always know where your money was?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from foundation.actors import Actor
from foundation.audit.services import record
from payouts.freezes.models import Freeze
from payouts.freezes.states import FreezeState
from payouts.life.errors import refusal
from payouts.life.models import Payout
from payouts.life.states import OVER
from payouts.operations.models import PayoutAnswer

QUESTION = "Did you always know where your money was?"
STARS = ((5, "Always"), (4, "Mostly"), (3, "Sometimes"), (2, "Rarely"), (1, "Never"))


@dataclass(frozen=True, slots=True)
class Asked:
    """What the creator's page of a payout shows: the question while it may be answered, and their answer."""

    payout_id: UUID
    is_open: bool
    stars: int | None
    words: str


def question_about(payout_id: UUID, *, creator_id: UUID) -> Asked:
    """Whether this creator is asked about this payout; another's is not found."""
    payout = _theirs(payout_id, creator_id)
    answer = PayoutAnswer.objects.filter(pk=payout_id).first()
    if answer:
        return Asked(payout_id, False, answer.stars, answer.words)
    return Asked(payout_id, _is_over(payout), None, "")


def answer_question(
    *, payout_id: UUID, creator_id: UUID, stars: int, words: str = "", by: Actor, at: datetime
) -> Asked:  # fmt: skip
    """Write the answer down; the first one stands. Refuses another's payout, and one that has not ended."""
    if not 1 <= stars <= 5:
        raise refusal("payouts.bad_answer")
    payout = _theirs(payout_id, creator_id)
    if not _is_over(payout):
        raise refusal("payouts.not_over", state=payout.state)
    try:
        with transaction.atomic():
            PayoutAnswer.objects.create(
                payout=payout, creator_id=creator_id, stars=stars, words=words.strip()[:500], answered_at=at
            )
            record("payout.answered", by=by, subject=payout, stars=stars)
    except IntegrityError as error:
        if "payout_answer_pkey" not in str(error):
            raise
        raise refusal("payouts.answered") from None
    return question_about(payout_id, creator_id=creator_id)


def _theirs(payout_id: UUID, creator_id: UUID) -> Payout:
    row = Payout.objects.filter(pk=payout_id, creator_id=creator_id).first()
    if row is None:
        raise refusal("payouts.not_found")
    return row


def _is_over(payout: Payout) -> bool:
    """It ended, or a freeze of it did."""
    return payout.state in OVER or Freeze.objects.filter(payout=payout, state=FreezeState.RELEASED).exists()
