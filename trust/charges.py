"""No charge leaves without a judgement: it is made here and carried down as a warrant."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from foundation.actors import Actor
from foundation.money import Money
from processors.payments.services import grant_warrant
from trust.judging import judge
from trust.types import Act, Judged, Verdict, Warranted

LASTS = {
    Verdict.ALLOW: timedelta(minutes=15), Verdict.REVIEW: timedelta(days=7), Verdict.REFUSE: timedelta(minutes=15),
}  # fmt: skip


def warrant_charge(
    *, payment_id: UUID, platform_id: UUID, fan_id: UUID, creator_id: UUID, amount: Money, card: str, device: str,
    features: dict[str, Any], by: Actor, at: datetime,
) -> Warranted:  # fmt: skip
    """Judge a charge that was written down, in the caller's transaction. A refusal ends the payment at once."""
    judged = judged_charge(
        payment_id=payment_id, platform_id=platform_id, fan_id=fan_id, creator_id=creator_id, amount=amount, card=card,
        device=device, features=features,
    )  # fmt: skip
    judgement = judge(judged, by=by, at=at)
    warrant = grant_warrant(
        payment_id=payment_id, verdict=str(judgement.verdict), most=amount,
        reasons=[reason.in_words for reason in judgement.reasons], policy=judgement.policy, by=by, at=at,
        expires_at=at + lasts(judgement.verdict),
    )  # fmt: skip
    return Warranted(judgement, warrant.pk)


def warrant_again(
    *, payment_id: UUID, platform_id: UUID, fan_id: UUID, creator_id: UUID, amount: Money, card: str, device: str,
    features: dict[str, Any], by: Actor, at: datetime,
) -> UUID | None:  # fmt: skip
    """Judge a charge once more, for a try at another account; None when the answer is not a plain yes by now.

    It was counted when it was judged first, and is not counted again.
    """
    judged = judged_charge(
        payment_id=payment_id, platform_id=platform_id, fan_id=fan_id, creator_id=creator_id, amount=amount, card=card,
        device=device, features=features,
    )  # fmt: skip
    judgement = judge(judged, is_again=True, by=by, at=at)
    if judgement.verdict is not Verdict.ALLOW:
        return None
    warrant = grant_warrant(
        payment_id=payment_id, verdict=str(judgement.verdict), most=amount,
        reasons=[reason.in_words for reason in judgement.reasons], policy=judgement.policy, by=by, at=at,
        expires_at=at + lasts(judgement.verdict),
    )  # fmt: skip
    warrant_id: UUID = warrant.pk
    return warrant_id


def judged_charge(
    *, payment_id: UUID, platform_id: UUID, fan_id: UUID, creator_id: UUID, amount: Money, card: str, device: str,
    features: dict[str, Any],
) -> Judged:  # fmt: skip
    """A charge as it is put before the judgement."""
    return Judged(
        act=Act.CHARGE, payment_id=payment_id, platform_id=platform_id, fan_id=fan_id, creator_id=creator_id,
        amount=amount, card=card, device=device, features=tuple(features.items()),
    )  # fmt: skip


def lasts(verdict: Verdict) -> timedelta:
    """How long a warrant that says this holds."""
    return LASTS[verdict]
