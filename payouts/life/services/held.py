"""The payout's row is the one lock: whoever touches its escrow, instructions or money holds it first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from foundation.actors import Actor
from foundation.errors import NotFound
from foundation.events import publish
from foundation.ids import named_id
from foundation.money import Money
from foundation.states import move, move_each
from payouts.life import events
from payouts.life.errors import refusal
from payouts.life.models import Payout, PayoutBatch, PayoutEscrow, PayoutInstruction
from payouts.life.services.taxing import NOT_REACHED, give_withheld_back
from payouts.life.states import ESCROW_OF, EscrowStatus, PayoutState, escrow_status
from processors.payments.services import hold_disputed


def hold_payout(payout_id: UUID) -> Payout:
    """The payout, held until the transaction ends; NotFound."""
    try:
        return Payout.objects.locked(payout_id)
    except NotFound:
        raise refusal("payouts.not_found") from None


def hold_instruction(instruction_id: UUID) -> tuple[Payout, PayoutInstruction]:
    """The instruction with its payout, held; NotFound."""
    payout_id = PayoutInstruction.objects.filter(pk=instruction_id).values_list("payout_id", flat=True).first()
    if payout_id is None:
        raise refusal("payouts.no_instruction")
    payout = hold_payout(payout_id)
    return payout, PayoutInstruction.objects.get(pk=instruction_id)


def go(payout: Payout, to: PayoutState, *, by: Actor, reason: str = "", at: datetime, **changes: Any) -> None:
    """Move a payout that is held, and its escrow record with it; of what came back, open disputes hold their parts."""
    before = ESCROW_OF[PayoutState(payout.state)]
    if to in NOT_REACHED:
        if payout.withheld_minor:
            give_withheld_back(payout, by=by, at=at)
        back = named_id("payout.back", payout.pk, to)
        hold_disputed(creator_id=payout.creator_id, currency=payout.currency, event_id=back)
    move(payout, to=to, by=by, reason=reason, at=at, **changes)
    if ESCROW_OF[to] is not before:
        sync_escrow([payout], at)


def go_all(
    payouts: Sequence[Payout], to: PayoutState, *, by: Actor, reason: str = "", at: datetime, **changes: Any
) -> None:
    """Move many payouts that are held, to a state on their way to their creators."""
    synced = [payout for payout in payouts if ESCROW_OF[PayoutState(payout.state)] is not ESCROW_OF[to]]
    move_each([(payout, changes) for payout in payouts], to=to, by=by, reason=reason, at=at)
    if synced:
        sync_escrow(synced, at)


def sync_escrow(payouts: Sequence[Payout], at: datetime) -> None:
    """The document's status of these payouts, of one state, as their own state says."""
    for is_disputed in (False, True):
        ids = [payout.pk for payout in payouts if payout.is_disputed is is_disputed]
        if ids:
            status = escrow_status(PayoutState(payouts[0].state), is_disputed=is_disputed)
            changes: dict[str, Any] = {"status": status}
            if status is EscrowStatus.RELEASED:
                changes["released_at"] = at
            PayoutEscrow.objects.filter(pk__in=ids).update(**changes)


def set_due(payout: Payout, due_at: datetime | None, *, code: str = "") -> None:
    """When the next step of a payout that is held is due, and why it stands there."""
    payout.due_at = due_at
    if code:
        payout.reason_code = code
    Payout.objects.filter(pk=payout.pk).update(due_at=due_at, reason_code=payout.reason_code)


def database_now() -> datetime:
    """The moment by which money is released: the database's, whatever this machine's clock says."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT fanz_now()")
        now: datetime = cursor.fetchone()[0]
    return now


def put_off(payout: Payout, by_how_much: timedelta, *, code: str = "") -> None:
    set_due(payout, database_now() + by_how_much, code=code)


def sent_of(payout: Payout) -> Money:
    """What the rail is told to pay: the amount less our fee."""
    return Money(payout.amount_minor - payout.fee_minor, payout.currency)


def journal(what: str, subject: UUID) -> UUID:
    """The one journal of this kind for a payout or instruction."""
    return named_id(f"payout.{what}", subject)


def alarm(what: Payout | PayoutBatch, kind: str, detail: str) -> None:
    """Call a person; in the transaction of its cause."""
    is_payout = isinstance(what, Payout)
    publish(
        events.PayoutAlarm(what.pk if is_payout else None, kind, detail[:300], None if is_payout else what.pk), key=what
    )
