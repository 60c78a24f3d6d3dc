from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db import connection, models
from django.db.models import F
from django_fsm import FSMField, FSMModelMixin, can_proceed, transition

from foundation import prepared, rows
from foundation.actors import Actor
from foundation.audit.services import record_all, record_with
from foundation.errors import Conflict
from foundation.events.models import Newsworthy

_MOVE = """
UPDATE {table} SET state = %s, version = version + 1{facts} WHERE {pk} = %s AND state = %s AND version = %s RETURNING 1
"""
_MOVE_EACH = """
WITH wanted AS (SELECT * FROM unnest(%s::{kind}[], %s::text[], %s::int[]{kinds}) AS wanted (pk, before, version{names}))
UPDATE {table} SET state = %s, version = {table}.version + 1{facts} FROM wanted
WHERE {table}.{pk} = wanted.pk AND {table}.state = wanted.before AND {table}.version = wanted.version RETURNING 1
"""
Moves = Mapping[Any, tuple[Any, ...]]


def state_field(states: type[models.TextChoices], initial: Any = None, *, is_indexed: bool = True) -> FSMField:
    """The protected column of a life: only move() writes it. Busy tables index the rare states alone."""
    first = str(initial or next(iter(states)))
    return FSMField(max_length=32, choices=states.choices, default=first, protected=True, db_index=is_indexed)


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


def move_each(
    moves: Sequence[tuple[Any, Mapping[str, Any]]], *, to: Any, by: Actor, reason: str = "", at: datetime
) -> None:
    """Take rows of one table, which are held, to a new state, each with its own values of the same facts and a record.

    Conflict when MOVES or another hand forbids it for any of them; then the transaction must not go on.
    """
    if not moves:
        return
    if not connection.in_atomic_block:
        raise RuntimeError("a move commits with what it causes: open the transaction first")
    table: type[Stateful] = type(moves[0][0])
    names = tuple(moves[0][1])
    if any(type(row) is not table or tuple(changes) != names for row, changes in moves):
        raise TypeError("rows move together when they are of one table, with the same facts")
    for row, _ in moves:
        become = getattr(row, _transition_name(to), None)
        if become is None or not can_proceed(become):
            raise Conflict(f"{table._meta.app_label}.cannot_move", state=row.state, wanted=str(to))
    stored = [list(rows.as_stored(table, changes).values()) for _, changes in moves]
    held = [[row.pk for row, _ in moves], [row.state for row, _ in moves], [row.version for row, _ in moves]]
    values = [*held, *map(list, zip(*stored, strict=True)), str(to)]
    if len(prepared.run(_moving_each(table, names), values)) != len(moves):
        raise Conflict(f"{table._meta.app_label}.changed_meanwhile", "Somebody was faster; look again.", retryable=True)
    lines = [(row, {"at": at, "before": row.state, "after": str(to), "version": row.version + 1}) for row, _ in moves]
    record_all(f"{table._meta.model_name}.moved", lines, by=by, reason=reason)
    for row, changes in moves:
        getattr(row, _transition_name(to))()
        row.version += 1
        for name, value in changes.items():
            setattr(row, name, value)


@functools.cache
def _moving_each(table: type[Stateful], names: tuple[str, ...]) -> str:
    quote = connection.ops.quote_name
    fields: list[Any] = [table._meta.get_field(name) for name in names]
    kinds = [str(field.db_type(connection)) for field in fields]
    return _MOVE_EACH.format(
        table=quote(table._meta.db_table),
        pk=quote(str(table._meta.pk.column)),
        kind=table._meta.pk.rel_db_type(connection),
        # A text that is too long is refused by its column; a cast would cut it off.
        kinds="".join(f", %s::{'text' if kind.startswith('varchar') else kind}[]" for kind in kinds),
        names="".join(f", {quote(field.column)}" for field in fields),
        facts="".join(f", {quote(field.column)} = wanted.{quote(field.column)}" for field in fields),
    )
