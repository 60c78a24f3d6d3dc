"""Creators go on asking to be paid for as long as the demo runs."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

from fanzmoney.demo.payouts.creators import creators
from fanzmoney.demo.payouts.wishes import shares, ways_of
from foundation.errors import Refusal
from payouts.life.models import Payout
from payouts.life.services import request_payout
from payouts.life.states import WITH_US

MOST_WAITING, OFTEN = 120, 0.25


def ask_for_one(*, at: datetime) -> dict[str, Any]:
    """One creator now and then asks for a part of what they have; not when very many wait already."""
    chance = random.Random()  # noqa: S311 - who asks next
    if chance.random() > OFTEN or Payout.objects.filter(state__in=WITH_US).count() >= MOST_WAITING:
        return {}
    one = chance.choice(creators())
    for way, amount in shares(ways_of(one.party_id), chance):
        try:
            made = request_payout(
                creator_id=one.party_id, amount=amount, method_id=way.pk, by=one.actor, at=at
            )  # fmt: skip
        except Refusal as refused:
            return {"refused": refused.code}
        return {"asked": str(made.pk), "rail": made.rail, "state": made.state}
    return {}
