"""A payout that has not left goes to another destination; what a run is handing over at this moment is waited for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.events import publish
from foundation.reasons import Reason
from payouts.life import events
from payouts.life.errors import refusal
from payouts.life.models import Payout, PayoutEscrow
from payouts.life.rules import amounts
from payouts.life.services.approving import ask_release
from payouts.life.services.held import hold_payout, set_due
from payouts.life.services.timing import run_after
from payouts.life.states import PayoutState
from payouts.methods.models import PayoutMethod
from payouts.methods.selectors import method_to_pay
from payouts.methods.states import MethodState

P = PayoutState
NOT_LEFT = (P.REQUESTED, P.SCREENED, P.IN_ESCROW, P.FROZEN, P.APPROVED, P.QUEUED)
LEAVING = (P.PREPARED, P.SENT)
IN_ESCROW = (P.REQUESTED, P.SCREENED, P.IN_ESCROW, P.FROZEN)


def choose_method(*, payout_id: UUID, method_id: UUID, creator_id: UUID, by: Actor, at: datetime) -> Payout:
    """Send a payout that has not left to another of the creator's destinations; it waits for that one's cool-off.

    Refuses one that is leaving or gone, another creator's, and a rail that does not take the amount.
    """
    with transaction.atomic():
        payout = hold_payout(payout_id)
        if payout.creator_id != creator_id:
            raise refusal("payouts.not_found")
        method = method_to_pay(creator_id=creator_id, currency=payout.currency, method_id=method_id)
        if payout.state in LEAVING:
            raise refusal("payouts.method_in_use", retryable=True)
        if payout.state not in NOT_LEFT:
            raise refusal("payouts.too_late", state=payout.state)
        _reroute(payout, method, by=by, at=at)
    return payout


def refuse_awaited(method: PayoutMethod) -> None:
    """A destination that a payout leaves for, or waits to go to, stays."""
    states = set(Payout.objects.filter(method=method, state__in=(*LEAVING, *NOT_LEFT)).values_list("state", flat=True))
    if states & {str(state) for state in LEAVING}:
        raise refusal("payouts.method_in_use", retryable=True)
    if states:
        raise refusal("payouts.method_awaited")


def follow_replaced(old: PayoutMethod, new: PayoutMethod, by: Actor, at: datetime) -> None:
    """What waited to go to the old destination goes to the new one; refused while something leaves for the old."""
    held = list(Payout.objects.select_for_update(of=("self",)).filter(method=old).order_by("pk"))
    if any(payout.state in LEAVING for payout in held):
        raise refusal("payouts.method_in_use", retryable=True)
    for payout in held:
        if payout.state in NOT_LEFT:
            _reroute(payout, new, by=by, at=at)


def _reroute(payout: Payout, method: PayoutMethod, *, by: Actor, at: datetime) -> None:
    terms = amounts.terms(method.rail, payout.currency)
    if terms is None or not terms.least <= payout.amount <= terms.most:
        raise refusal("payouts.not_by_this_rail", rail=method.rail, currency=payout.currency)
    if is_agreed(payout):
        raise refusal("payouts.agreed_destination")
    record("payout.rerouted", by=by, subject=payout, before=payout.method_id, after=method.pk, rail=method.rail)
    payout.method, payout.rail, payout.fee_minor = method, method.rail, terms.fee.minor
    Payout.objects.filter(pk=payout.pk).update(method=method, rail=method.rail, fee_minor=payout.fee_minor)
    if method.state == MethodState.COOLING and method.usable_from is not None:
        _wait_for(payout, method.usable_from)
    if payout.state == P.QUEUED:
        waits = method.usable_from is not None and method.usable_from > at
        set_due(payout, run_after(payout, at), code=Reason.BANK_CHANGED if waits else Reason.ESCROW_STANDARD)
    if payout.needs_approval:
        _agree_anew(payout, at)
    publish(events.PayoutMethodChosen(payout.pk, payout.creator_id, method.pk, method.rail), key=payout)


def _wait_for(payout: Payout, usable_from: datetime) -> None:
    """The cool-off of a changed destination counts for what was asked for before the change as well."""
    escrow = PayoutEscrow.objects.get(pk=payout.pk)
    if escrow.planned_release_at < usable_from:
        PayoutEscrow.objects.filter(pk=payout.pk).update(
            planned_release_at=usable_from, extension_reason=Reason.BANK_CHANGED
        )
    if payout.due_at is not None and payout.due_at < usable_from:
        set_due(payout, usable_from, code=Reason.BANK_CHANGED)


def is_agreed(payout: Payout) -> bool:
    """Whether people agreed that it leaves for this destination, and it waits for nothing else."""
    return payout.approval_id is not None and payout.state not in IN_ESCROW


def _agree_anew(payout: Payout, at: datetime) -> None:
    """People agree to a destination, not to any."""
    agreed = " after people had agreed to another" if payout.approval_id else ""
    payout.approval_id = None
    Payout.objects.filter(pk=payout.pk).update(approval_id=None)
    if payout.state == P.IN_ESCROW:
        ask_release(payout, at=at, why=f"; its creator changed the destination{agreed}")
