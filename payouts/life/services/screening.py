"""Every check looks at a payout, and each look is kept; the first that stops it decides what the creator reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from foundation.actors import Actor
from payouts.life import seams
from payouts.life.models import Payout, PayoutCheck
from payouts.life.seams import Look, Outcome
from payouts.life.states import PayoutState


def look_at(payout: Payout, at: datetime) -> list[Look]:
    """What every check says now; kept as rows."""
    looks = [(check, replace(check.look(payout, at), check=name)) for name, check in seams.checks.items()]
    PayoutCheck.objects.bulk_create(
        PayoutCheck(
            payout=payout, kind=look.check, outcome=look.outcome, facts=_plain(look.facts), policy=check.policy, at=at
        )
        for check, look in looks
    )
    return [look for _, look in looks]


def stop_if_wanted(payout: Payout, looks: Iterable[Look], *, by: Actor, at: datetime) -> bool:
    """Hand each look that stops money to whoever freezes; True when the payout does not go on."""
    stops = [look for look in looks if look.outcome == Outcome.STOPPED]
    for look in stops:
        seams.stopping.function(payout, look, by, at)
    if stops:
        payout.refresh_from_db()
    return payout.state == PayoutState.FROZEN


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    kept = (int, str, bool, list, type(None))
    return {name: value if isinstance(value, kept) else str(value) for name, value in facts.items()}
