"""What creators answered when they were asked whether they always knew where their money was."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

from fanzmoney.demo.clockwork import as_of
from fanzmoney.demo.payouts.creators import Creator
from foundation import clock
from payouts.life.models import Payout
from payouts.life.states import PayoutState
from payouts.operations.survey import answer_question

OFTEN, AFTER = 0.6, timedelta(hours=3)
STARS, WEIGHTS = (5, 4, 3, 1), (62, 30, 6, 2)
WORDS = {3: "I did not see why it waited over the weekend.", 1: "It came back and I read of it too late."}


def answer(one: Creator, payouts: Sequence[Payout], *, chapter: str) -> int:
    """Of their payouts that arrived; in the caller's transaction. Returns how many were answered."""
    chance = random.Random(f"{one.slug}:{one.number}:{chapter}:answers")  # noqa: S311 - the same at every start
    arrived = [row for row in payouts if row.state == PayoutState.PAID and row.paid_at]
    answered = [row for row in arrived if chance.random() < OFTEN]
    for row in answered:
        stars = chance.choices(STARS, WEIGHTS)[0]
        with as_of(min(row.paid_at + AFTER, clock.now()) if row.paid_at else clock.now()):
            answer_question(
                payout_id=row.pk, creator_id=one.party_id, stars=stars, words=WORDS.get(stars, ""), by=one.actor,
                at=clock.now(),
            )  # fmt: skip
    return len(answered)
