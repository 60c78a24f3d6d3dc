"""What code asks on every path, in microseconds, and what the crisis page shows."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from foundation import clock
from foundation.actors import Actor
from foundation.approvals.selectors import pending_by_subject
from foundation.identity.names import names_of
from foundation.nearby import CannotBeRead, Nearby
from foundation.switches.errors import refusal
from foundation.switches.models import Switch
from foundation.switches.registry import declaration, switches
from foundation.switches.rules.shares import is_within
from foundation.switches.states import Deed, Kind, State
from foundation.switches.types import Change, Declaration, Figure, SwitchLine, SwitchNow, Value

SUBJECT = "switches.switch"


def _load() -> dict[str, SwitchNow]:
    rows = Switch.objects.order_by().values_list("key", "state", "value", "version")
    return {key: SwitchNow(State(state), value, version) for key, state, value, version in rows}


nearby: Nearby[dict[str, SwitchNow]] = Nearby(_load)


def is_stopped(key: str) -> bool:
    """Whether somebody stopped this. When Postgres cannot be read: yes, where the switch fails closed."""
    declared = _declared(key, Kind.KILL)
    try:
        now = nearby.get().get(key)
    except CannotBeRead:
        return declared.fails == "closed"
    return now is not None and now.state == State.STOPPED


def refuse_if_stopped(key: str) -> None:
    """Go on only while this flow runs; Unavailable otherwise."""
    if is_stopped(key):
        raise refusal("switches.stopped", switch=key)


def setting(key: str) -> Value:
    """The forced value, or the declared one. Unavailable when nobody can say and the switch fails closed."""
    declared = _declared(key, Kind.SETTING)
    try:
        now = nearby.get().get(key)
    except CannotBeRead:
        if declared.fails == "closed":
            raise refusal("switches.stopped", switch=key) from None
        return declared.default
    return declared.default if now is None or now.value is None else now.value


def rollout_includes(key: str, id: object) -> bool:
    """Whether this id is within the share let in. When nobody can say: no, where the switch fails closed."""
    declared = _declared(key, Kind.ROLLOUT)
    try:
        now = nearby.get().get(key)
    except CannotBeRead:
        return declared.fails == "open" and is_within(key, id, share_of(declared, None))
    return is_within(key, id, share_of(declared, now.value if now else None))


def share_of(declared: Declaration, value: Value) -> int:
    """The percentage in force: what was set, or what was declared."""
    return int(declared.default or 0) if value is None else int(value)


def list_switches(viewer: Actor) -> list[SwitchLine]:
    """Every declared switch as Postgres has it now, stopped ones first."""
    rows = {row.key: row for row in Switch.objects.filter(key__in=list(switches))}
    names = names_of(row.changed_by for row in rows.values())
    pending = pending_by_subject(SUBJECT)
    lines = [_line(declared, rows.get(key), names, pending, viewer) for key, declared in switches.items()]
    return sorted(lines, key=lambda line: (line.state == State.RUNNING, line.declared.key))


def get_switch(key: str, viewer: Actor) -> SwitchLine:
    """One switch. NotFound when no room declares it."""
    declared, row = declaration(key), Switch.objects.filter(key=key).first()
    return _line(declared, row, names_of([row.changed_by] if row else []), pending_by_subject(SUBJECT), viewer)


def preview_of(key: str) -> list[Figure]:
    """What stopping now would touch, as the room that reads the switch counts it."""
    preview = declaration(key).preview
    return preview() if preview else []


def history_of(key: str, *, limit: int = 50) -> list[Change]:
    """What was done to a switch, newest first."""
    declaration(key)
    row = Switch.objects.filter(key=key).first()
    changes = list(row.changes.order_by("-id")[:limit]) if row else []
    names = names_of(change.by for change in changes)
    return [
        Change(
            Deed(change.deed), change.by, names[change.by], change.at, in_words(change.before), in_words(change.after),
            change.reason, change.expires_at, change.approval_id,
        )
        for change in changes
    ]  # fmt: skip


def in_words(value: Value) -> str:
    return "as declared" if value is None else str(value)


def url_of(key: str) -> str:
    return f"{settings.PUBLIC_URL}/crisis/switches/{key}"


def _declared(key: str, kind: Kind) -> Declaration:
    declared = switches[key]
    if declared.kind is not kind:
        raise TypeError(f"{key} is a {declared.kind} switch, not a {kind} switch")
    return declared


def _line(
    declared: Declaration, row: Switch | None, names: dict[str, str], pending: dict[str, UUID], viewer: Actor
) -> SwitchLine:
    return SwitchLine(
        declared=declared,
        state=State(row.state) if row else State.RUNNING,
        value=row.value if row else None,
        version=row.version if row else 1,
        reason=row.why if row else "",
        changed_by_name=names.get(row.changed_by, "") if row else "",
        changed_at=row.changed_at if row else None,
        expires_at=row.expires_at if row else None,
        is_expired=bool(row and row.expires_at and row.expires_at <= clock.now()),
        pending_approval_id=pending.get(declared.key),
        may_stop=viewer.has_role(*declared.stopped_by),
    )
