"""A payout is given up before it leaves: the money is available again, less what is owed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor, ActorKind
from foundation.crash import crash_point
from foundation.events import publish
from foundation.identity.roles import Role
from ledger import flows
from payouts.life import events
from payouts.life.errors import refusal
from payouts.life.models import Payout
from payouts.life.services.held import go, hold_payout, journal
from payouts.life.services.unpreparing import take_back_unsent
from payouts.life.states import CANCELLABLE, PayoutState

RUN_PAYOUTS = (Role.FINANCE, Role.APPROVER, Role.ADMIN)


def cancel_payout(*, payout_id: UUID, reason: str, by: Actor, at: datetime, creator_id: UUID | None = None) -> Payout:
    """Give a payout up; given up already, it stays as it is. With `creator_id` another creator's is not found, and
    without it people and programs find their own alone, but for those who run payouts.

    Refuses what is on its way or over, and whoever asks what is frozen: its freeze is lifted first.
    """
    if not reason.strip():
        raise refusal("payouts.reason_missing")
    with transaction.atomic():
        payout = hold_payout(payout_id)
        if not _is_theirs(payout, by, creator_id):
            raise refusal("payouts.not_found")
        if payout.state == PayoutState.CANCELLED:
            return payout
        if payout.state == PayoutState.FROZEN:
            raise refusal("payouts.too_late" if creator_id else "payouts.frozen", state=payout.state)
        if payout.state == PayoutState.PREPARED:
            take_back_unsent(payout, reason=reason, by=by, at=at)
        if payout.state not in CANCELLABLE:
            raise refusal("payouts.too_late", state=payout.state)
        flows.cancel_payout(
            journal_id=journal("cancelled", payout.pk), creator_id=payout.creator_id, amount=payout.amount
        )
        crash_point("payouts.cancelling")
        go(
            payout, PayoutState.CANCELLED, by=by, reason=reason, at=at, due_at=None, ended_at=at,
            ended_reason=reason.strip()[:300],
        )  # fmt: skip
        publish(
            events.PayoutCancelled(payout.pk, payout.creator_id, payout.amount_minor, payout.currency, reason[:300]),
            key=payout,
        )
    return payout


def _is_theirs(payout: Payout, by: Actor, creator_id: UUID | None) -> bool:
    if creator_id is not None:
        return payout.creator_id == creator_id
    if by.kind in (ActorKind.SYSTEM, ActorKind.OPERATOR) or by.has_role(*RUN_PAYOUTS):
        return True
    return by.party_id is not None and by.party_id == payout.creator_id
