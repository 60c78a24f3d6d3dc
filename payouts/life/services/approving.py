"""Large payouts leave when a second person agreed; asked for at once, so that escrow is the time to decide."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor, system
from foundation.approvals.models import Approval
from foundation.approvals.services import request_approval, withdraw_approval
from payouts.life.errors import refusal
from payouts.life.models import Payout
from payouts.life.services.held import database_now, hold_payout, set_due
from payouts.life.states import PayoutState

RELEASE = "payout.release"
HOUSE = system("payouts")
ASK_AGAIN = timedelta(minutes=15)


def ask_release(payout: Payout, *, at: datetime, why: str = "") -> None:
    """Put a large payout before people; asked again, the request that waits stands."""
    payload = {"payout_id": str(payout.pk), "method_id": str(payout.method_id)}
    reason = f"A payout of {payout.amount}{why}"
    approval = request_approval(kind=RELEASE, payload=payload, reason=reason, by=HOUSE, at=at)
    payout.asked_approval_id = approval.pk
    Payout.objects.filter(pk=payout.pk).update(asked_approval_id=approval.pk)


def withdraw_stale(*, payout_id: UUID, at: datetime) -> None:
    """Nobody is asked about a destination any more that the creator left meanwhile."""
    goes_to = Payout.objects.values_list("method_id", flat=True).get(pk=payout_id)
    waiting = Approval.objects.pending().filter(policy=RELEASE, subject_id=str(payout_id))
    for stale in waiting.exclude(payload__method_id=str(goes_to)):
        withdraw_approval(approval_id=stale.pk, reason="Its creator chose another destination", by=HOUSE, at=at)


def allow_release(*, payout_id: UUID, approval_id: UUID, by: Actor, at: datetime) -> Payout:
    """People agreed: it leaves when its hours are over. Refuses a payout that does not wait in escrow."""
    with transaction.atomic():
        payout = hold_payout(payout_id)
        refuse_unreleasable(payout)
        payout.approval_id = approval_id
        Payout.objects.filter(pk=payout.pk).update(approval_id=approval_id)
        set_due(payout, payout.escrow.planned_release_at)
    return payout


def refuse_unreleasable(payout: Payout) -> None:
    if not payout.needs_approval or payout.approval_id is not None:
        raise refusal("payouts.not_large")
    if payout.state != PayoutState.IN_ESCROW:
        raise refusal("payouts.not_in_escrow", state=payout.state)


def wait_for_people(payout: Payout, *, at: datetime) -> None:
    """Its hours are over and nobody has agreed: ask, if nobody is being asked, and look again soon."""
    ask_release(payout, at=at)
    set_due(payout, database_now() + ASK_AGAIN)
