"""Paying a creator at once: four eyes, no hours of escrow, every check."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.approvals.models import Approval
from foundation.approvals.services import request_approval
from foundation.money import Money
from foundation.restrictions.selectors import kinds_in_force_now
from payouts.life.checks import WAITS
from payouts.life.errors import refusal
from payouts.life.models import Payout
from payouts.life.services.releasing import release_held
from payouts.life.services.requesting import request_payout
from payouts.life.states import PayoutState

EMERGENCY = "payout.emergency"


def ask_emergency(*, creator_id: UUID, amount: Money, reason: str, by: Actor, at: datetime) -> Approval:
    """Put an emergency payout before a second person; nothing moves until they agree."""
    payload = {"creator_id": str(creator_id), "amount_minor": amount.minor, "currency": amount.currency}
    return request_approval(kind=EMERGENCY, payload=payload, reason=reason, by=by, at=at)


def pay_at_once(*, creator_id: UUID, amount: Money, approval_id: UUID, by: Actor, at: datetime) -> Payout:
    """Request and release in one transaction; the same approval again pays nothing more.

    Conflict `payouts.emergency_stopped` when a check stops it: an emergency ends no freeze.
    """
    with transaction.atomic():
        payout = request_payout(
            creator_id=creator_id, amount=amount, origin=Payout.Origin.EMERGENCY, by=by, at=at,
            payout_id=approval_id, approval_id=approval_id,
        )  # fmt: skip
        if payout.state == PayoutState.IN_ESCROW:
            release_held([payout], by=by, at=at)
        if payout.state == PayoutState.FROZEN:
            raise refusal("payouts.emergency_stopped", reason=payout.reason_code)
    return payout


def refuse_stopped(creator_id: UUID) -> None:
    if kinds_in_force_now(creator_id) & WAITS:
        raise refusal("payouts.emergency_stopped")
