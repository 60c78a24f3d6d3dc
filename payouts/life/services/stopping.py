"""Stopping a payout before it leaves, letting it go on, and making it wait longer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.audit.services import record as record_deed
from foundation.events import publish
from foundation.reasons import Reason
from payouts.life import events
from payouts.life.errors import refusal
from payouts.life.models import Payout, PayoutEscrow
from payouts.life.services.approving import ask_release
from payouts.life.services.held import go, hold_payout, set_due, sync_escrow
from payouts.life.services.screening import look_at, stop_if_wanted
from payouts.life.services.unpreparing import take_back_unsent
from payouts.life.states import STOPPABLE, PayoutState

P = PayoutState


def freeze_payout(*, payout_id: UUID, code: str, by: Actor, at: datetime) -> Payout:
    """Stop a payout before it leaves. The money stays reserved for the creator; frozen already, it stays as it is.

    One that a run has taken and not sent is taken back first. Conflict `payouts.too_late` when a rail or a file has it.
    """
    with transaction.atomic():
        payout = hold_payout(payout_id)
        if payout.state == P.FROZEN:
            return payout
        if payout.state == P.PREPARED:
            take_back_unsent(payout, reason=code, by=by, at=at)
        if payout.state not in STOPPABLE:
            raise refusal("payouts.too_late", state=payout.state)
        go(payout, P.FROZEN, by=by, reason=code, at=at, due_at=None, reason_code=code)
        publish(events.PayoutFrozen(payout.pk, payout.creator_id, str(code)), key=payout)
    return payout


def unfreeze_payout(*, payout_id: UUID, code: str, by: Actor, at: datetime) -> Payout:
    """Let a stopped payout wait in escrow again: every check looks once more, and may stop it once more."""
    with transaction.atomic():
        payout = hold_payout(payout_id)
        if payout.state != P.FROZEN:
            raise refusal("payouts.not_frozen", state=payout.state)
        record = PayoutEscrow.objects.get(pk=payout.pk)
        go(
            payout, P.IN_ESCROW, by=by, reason=code, at=at, due_at=record.planned_release_at,
            reason_code=_standing_code(record),
        )  # fmt: skip
        publish(events.PayoutUnfrozen(payout.pk, payout.creator_id, str(code)), key=payout)
        is_stopped = stop_if_wanted(payout, look_at(payout, at), by=by, at=at)
        if payout.needs_approval and payout.approval_id is None and not is_stopped:
            ask_release(payout, at=at)
    return payout


def extend_escrow(*, payout_id: UUID, until: datetime, code: str, reason: str, by: Actor, at: datetime) -> Payout:
    """Make a payout that waits wait longer, with a reason; an earlier date changes nothing.

    One that was frozen keeps the longer date for afterwards. Refuses what has left escrow, and a date without a reason.
    """
    if not reason.strip():
        raise refusal("payouts.reason_missing")
    with transaction.atomic():
        payout = hold_payout(payout_id)
        if payout.state not in (P.IN_ESCROW, P.FROZEN):
            raise refusal("payouts.not_in_escrow", state=payout.state)
        record = PayoutEscrow.objects.get(pk=payout.pk)
        if until <= record.planned_release_at:
            return payout
        PayoutEscrow.objects.filter(pk=payout.pk).update(
            planned_release_at=until, extension_reason=reason.strip()[:300]
        )
        set_due(
            payout, until if payout.state == P.IN_ESCROW else None, code=code if payout.state == P.IN_ESCROW else ""
        )
        publish(events.PayoutExtended(payout.pk, payout.creator_id, until, str(code)), key=payout)
        record_deed(
            "payout.extended", by=by, subject=payout, reason=reason.strip()[:300], code=str(code),
            before=record.planned_release_at, until=until,
        )  # fmt: skip
    return payout


def mark_disputed(*, payout_id: UUID, is_disputed: bool, by: Actor, at: datetime) -> Payout:
    """Note that a dispute touches money inside a payout, or no longer does; it stops nothing by itself."""
    with transaction.atomic():
        payout = hold_payout(payout_id)
        if payout.is_disputed != is_disputed:
            payout.is_disputed = is_disputed
            Payout.objects.filter(pk=payout.pk).update(is_disputed=is_disputed)
            if payout.state != P.REQUESTED:
                sync_escrow([payout], at)
    return payout


def _standing_code(record: PayoutEscrow) -> str:
    if record.extension_reason in Reason.values:
        return str(record.extension_reason)
    return str(Reason.HIGH_REFUND_RATIO if record.warning else Reason.ESCROW_STANDARD)
