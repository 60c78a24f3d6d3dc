"""Turn switches. The careful direction takes one person who just proved who they are; the way back takes two."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from foundation.actors import Actor, ActorKind, system
from foundation.approvals.services import request_approval
from foundation.approvals.types import Application, Payload
from foundation.audit.services import record
from foundation.crash import crash_point
from foundation.errors import Conflict, StepUpRequired
from foundation.events import publish
from foundation.identity.sessions import has_stepped_up
from foundation.states import move
from foundation.switches import events
from foundation.switches.errors import refusal
from foundation.switches.models import Switch, SwitchChange
from foundation.switches.registry import declaration
from foundation.switches.resuming import KIND, RUNNING, payload_for
from foundation.switches.selectors import nearby, share_of
from foundation.switches.states import Deed, Kind, State
from foundation.switches.types import Declaration, Value

LONGEST_STOP = timedelta(days=30)
SWEEPER = system("switches")


def stop_switch(*, key: str, reason: str, by: Actor, at: datetime, expires_at: datetime | None = None) -> Switch:
    """Stop this flow everywhere within two seconds; what is stopped already stays so until the new moment.

    Refuses people without a role for it, without a fresh second factor (StepUpRequired), and an odd expiry.
    """
    declared = _careful(key, Kind.KILL, by)
    if expires_at is not None and not at < expires_at <= at + LONGEST_STOP:
        raise refusal("switches.bad_expiry")
    with transaction.atomic():
        switch = _locked(declared)
        deed = Deed.STOPPED if switch.state == State.RUNNING else Deed.PROLONGED
        _turn(
            switch, deed, to=State.STOPPED, before=switch.state, after=State.STOPPED, reason=reason, by=by, at=at,
            expires_at=expires_at,
        )  # fmt: skip
        publish(events.SwitchStopped(key, by.reference, expires_at), key=switch)
        crash_point("switches.stopped")
    return switch


def force_setting(*, key: str, value: Value, reason: str, by: Actor, at: datetime) -> Switch:
    """Force a value everywhere within two seconds. Refuses a value the declaration does not name."""
    declared = _careful(key, Kind.SETTING, by)
    if value is None or (declared.choices and value not in declared.choices):
        raise refusal("switches.bad_value", choices=declared.choices)
    return _set(declared, Deed.FORCED, value, reason=reason, by=by, at=at)


def lower_share(*, key: str, percent: int, reason: str, by: Actor, at: datetime) -> Switch:
    """Let a smaller share in. Raising it takes two people: see `request_resume`."""
    declared = _careful(key, Kind.ROLLOUT, by)
    if type(percent) is not int or not 0 <= percent <= 100:
        raise refusal("switches.bad_value")
    return _set(declared, Deed.LOWERED, percent, reason=reason, by=by, at=at)


def request_resume(*, key: str, reason: str, by: Actor, at: datetime, to: str = RUNNING) -> UUID:
    """Ask that a switch go back: "RUNNING" a stop, "DEFAULT" a forced value, a number of percent a share.

    Nothing changes until somebody else agrees; the request, whose id is returned, is bound to the switch as it is.
    """
    return request_approval(kind=KIND, payload=payload_for(key, to), reason=reason, by=by, at=at).pk


def apply_resume(payload: Payload, under: Application) -> None:
    """Bring a switch back under the approval of two people."""
    declared = declaration(payload["key"])
    who: dict[str, Any] = {"reason": under.reason, "by": under.by, "at": under.at, "approval_id": under.approval_id}
    with transaction.atomic():
        switch = _locked(declared)
        if switch.version != payload["from_version"]:
            raise refusal("switches.changed_since")
        if declared.kind is Kind.KILL:
            _turn(
                switch, Deed.RESUMED, to=State.RUNNING, before=switch.state, after=State.RUNNING, expires_at=None, **who
            )
            publish(events.SwitchResumed(declared.key, under.approval_id), key=switch)
        elif declared.kind is Kind.SETTING:
            _set(declared, Deed.RELEASED, None, **who)
        else:
            _set(declared, Deed.RAISED, int(payload["to"]), **who)


def tell_expired_stops(*, at: datetime) -> int:
    """Raise the alarm for stops that outlast their plan, with a resume ready to be decided; nothing starts again."""
    expired = list(Switch.objects.overdue().order_by("key"))
    return sum(_tell_expired(switch.key, switch.version, at) for switch in expired)


def _tell_expired(key: str, version: int, at: datetime) -> bool:
    """First the request, in a transaction of its own, then the news of it; a crash between repeats both."""
    try:
        prepared: UUID | None = request_resume(
            key=key, reason="The planned end of this stop is over", by=SWEEPER, at=at
        )
    except Conflict as already:
        prepared = already.facts.get("approval_id")
    crash_point("switches.resume_prepared")
    with transaction.atomic():
        switch = Switch.objects.overdue().select_for_update().filter(pk=key, version=version).first()
        if switch is None:
            return False
        Switch.objects.filter(pk=key).update(expiry_told_at=at)
        assert switch.expires_at is not None
        publish(events.SwitchStopExpired(key, switch.expires_at, prepared), key=switch)
    return True


def _careful(key: str, kind: Kind, by: Actor) -> Declaration:
    """The switch, if this person may turn it alone."""
    declared = declaration(key)
    if declared.kind is not kind:
        raise refusal("switches.wrong_kind", kind=str(declared.kind))
    if by.kind is not ActorKind.USER:
        raise refusal("switches.nobody_named")
    if not by.has_role(*declared.stopped_by):
        raise refusal("switches.may_not_stop", roles=sorted(declared.stopped_by))
    if not has_stepped_up(by):
        raise StepUpRequired()
    return declared


def _locked(declared: Declaration) -> Switch:
    """The switch's row, held; made at its first use."""
    Switch.objects.bulk_create([Switch(key=declared.key, kind=declared.kind)], ignore_conflicts=True)
    return Switch.objects.locked(declared.key)


def _set(
    declared: Declaration,
    deed: Deed,
    value: Value,
    *,
    reason: str,
    by: Actor,
    at: datetime,
    approval_id: UUID | None = None,
) -> Switch:
    with transaction.atomic():
        switch = _locked(declared)
        before = switch.value
        if declared.kind is Kind.ROLLOUT:
            before = share_of(declared, switch.value)
            if deed is Deed.LOWERED and int(value or 0) >= before:
                raise refusal("switches.not_lower", share=before)
        _turn(
            switch, deed, to=None, before=before, after=value, reason=reason, by=by, at=at, approval_id=approval_id,
            value=value,
        )  # fmt: skip
        publish(events.SwitchChanged(declared.key, str(deed), str(value), approval_id), key=switch)
    return switch


def _turn(
    switch: Switch, deed: Deed, *, to: State | None, before: Any, after: Any, reason: str, by: Actor, at: datetime,
    approval_id: UUID | None = None, **columns: Any,
) -> None:  # fmt: skip
    """Write down what is done, then do it: the database lets no switch move without its line of history."""
    reason = reason.strip()[:500]
    if not reason or "\x00" in reason:
        raise refusal("switches.reason_missing")
    SwitchChange.objects.create(
        switch=switch, version=switch.version + 1, deed=deed, before=before, after=after, reason=reason,
        by=by.reference, approval_id=approval_id, at=at, expires_at=columns.get("expires_at"),
    )  # fmt: skip
    crash_point("switches.written_down")
    columns |= {"why": reason, "changed_by": by.reference, "changed_at": at, "expiry_told_at": None}
    if to is not None and switch.state != to:
        move(switch, to=to, by=by, reason=reason, at=at, **columns)
    else:
        Switch.objects.filter(pk=switch.pk).update(version=F("version") + 1, **columns)
        record(
            "switch.changed", by=by, subject=switch, reason=reason, deed=str(deed), before=before, after=after,
            approval_id=approval_id,
        )  # fmt: skip
        switch.refresh_from_db()
    transaction.on_commit(nearby.forget)
