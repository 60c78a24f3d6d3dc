from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db import connection, models
from django.db.models import F
from django_fsm import FSMField, FSMModelMixin, can_proceed, transition

from foundation import rows
from foundation.actors import Actor
from foundation.audit.services import record_all, record_with
from foundation.errors import Conflict
from foundation.events.models import Newsworthy

_MOVE = """
UPDATE {table} SET state = %s, version = version + 1{facts} WHERE {pk} = %s AND state = %s AND version = %s RETURNING 1
"""
Moves = Mapping[Any, tuple[Any, ...]]


def state_field(states: type[models.TextChoices], initial: Any = None) -> FSMField:
    """The protected column of a life: only move() writes it."""
    return FSMField(
        max_length=32, choices=states.choices, default=str(initial or next(iter(states))), protected=True, db_index=True
    )


def _transition_name(to: Any) -> str:
    return f"_become_{to}"


class Stateful(FSMModelMixin, Newsworthy):
    """A row with a life. Subclasses name MOVES and a `state = state_field(State)`."""

    MOVES: ClassVar[Moves]

    version = models.IntegerField(default=1, editable=False)

    class Meta:
        abstract = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        moves: Moves = getattr(cls, "MOVES", {})
        for to in {target for targets in moves.values() for target in targets}:
            sources = [str(source) for source, targets in moves.items() if to in targets]

            def become(self: Stateful) -> None: ...

            become.__name__ = _transition_name(to)
            setattr(cls, become.__name__, transition(field="state", source=sources, target=str(to))(become))


def move(row: Any, *, to: Any, by: Actor, reason: str = "", at: datetime, **changes: Any) -> None:
    """Take the row to a new state with the facts that belong to it; Conflict when MOVES or another hand forbids it."""
    if not connection.in_atomic_block:
        raise RuntimeError("a move commits with what it causes: open the transaction first")
    label, before = row._meta.label_lower, row.state
    become = getattr(row, _transition_name(to), None)
    if become is None or not can_proceed(become):
        raise Conflict(f"{row._meta.app_label}.cannot_move", state=before, wanted=str(to))
    table: type[Stateful] = type(row)
    columns = rows.as_stored(table, changes)
    if not record_with(
        _moving(table, tuple(columns)), [str(to), *columns.values(), row.pk, before, row.version],
        f"{label.split('.')[-1]}.moved", by=by, subject=row, reason=str(reason), at=at,
        before=before, after=str(to), version=row.version + 1,
    ):  # fmt: skip
        raise Conflict(f"{row._meta.app_label}.changed_meanwhile", "Somebody was faster; look again.", retryable=True)
    become()
    row.version += 1
    for name, value in changes.items():
        setattr(row, name, value)


@functools.cache
def _moving(table: type[Stateful], columns: tuple[str, ...]) -> str:
    quote = connection.ops.quote_name
    facts = "".join(f", {quote(column)} = %s" for column in columns)
    return _MOVE.format(table=quote(table._meta.db_table), facts=facts, pk=quote(str(table._meta.pk.column)))


def move_all(rows: Sequence[Any], *, to: Any, by: Actor, reason: str = "", at: Callable[[Any], datetime]) -> None:
    """Take many rows of one table and state to a new one, each with its own time and record: for batches of the system.

    Conflict when MOVES or another hand forbids it for any of them; then none has moved.
    """
    if not rows:
        return
    if not connection.in_atomic_block:
        raise RuntimeError("a move commits with what it causes: open the transaction first")
    table, before = type(rows[0]), rows[0].state
    if any(type(row) is not table or row.state != before or row.version != rows[0].version for row in rows):
        raise TypeError("rows move together when they are of one table, state and version")
    become = getattr(rows[0], _transition_name(to), None)
    if become is None or not can_proceed(become):
        raise Conflict(f"{table._meta.app_label}.cannot_move", state=before, wanted=str(to))
    held = table._default_manager.filter(pk__in=[row.pk for row in rows], state=before, version=rows[0].version)
    if held.update(state=str(to), version=F("version") + 1) != len(rows):
        raise Conflict(f"{table._meta.app_label}.changed_meanwhile", "Somebody was faster; look again.", retryable=True)
    for row in rows:
        getattr(row, _transition_name(to))()
        row.version += 1
    record_all(
        f"{table._meta.model_name}.moved", by=by, reason=reason,
        lines=[
            (row, {"at": at(row), "before": before, "after": str(to), "version": row.version}) for row in rows
        ],
    )  # fmt: skip
