"""Rows by statements that are written once per table: what the ORM would do, without making it up anew each time."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import connection, models

from foundation import prepared

M = TypeVar("M", bound=models.Model)
N = TypeVar("N", bound=models.Model)
_SELECT = "SELECT {columns} FROM {table}"
_SELECT_TWO = "SELECT {columns} FROM {one} AS one JOIN {two} AS two ON {on} FOR UPDATE OF one, two"
_INSERT = "INSERT INTO {table} ({columns}) VALUES ({places})"


def insert(row: M) -> M:
    """Write this new row, as `save(force_insert=True)` does."""
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in row._meta.concrete_fields]
    if row.pk is None or any(hasattr(value, "resolve_expression") for value in values):
        row.save(force_insert=True)
        return row
    prepared.run(_insert(type(row)), values)
    row._state.adding, row._state.db = False, connection.alias
    return row


def insert_new(row: M) -> bool:
    """Write this row unless one like it stands there; whether it was written."""
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in row._meta.concrete_fields]
    return bool(prepared.run(f"{_insert(type(row))} ON CONFLICT DO NOTHING RETURNING 1", values))


def find(model: type[M], where: str, *values: Any) -> M | None:
    """The one row of which this is true."""
    return _first(model, f"{_select(model)} WHERE {where}", values)


def hold(model: type[M], where: str, *values: Any) -> M | None:
    """The same, held until the transaction ends."""
    return _first(model, f"{_select(model)} WHERE {where} FOR UPDATE", values)


def find_all(model: type[M], where: str, *values: Any) -> list[M]:
    """All rows of which this is true."""
    return [_as_row(model, list(row)) for row in prepared.run(f"{_select(model)} WHERE {where}", values)]


def hold_all(model: type[M], where: str, *values: Any) -> list[M]:
    """The same, held until the transaction ends: by their keys' order, so that two never wait for each other."""
    key = _name(str(model._meta.pk.column))
    sql = f"{_select(model)} WHERE {where} ORDER BY {key} FOR UPDATE"
    return [_as_row(model, list(row)) for row in prepared.run(sql, values)]


def hold_two(first: type[M], second: type[N], on: str, *values: Any) -> tuple[M, N] | None:
    """A row and another that belongs to it, by this condition on `one` and `two`, both held, in one round trip."""
    found = prepared.run(_SELECT_TWO.format(**_two(first, second), on=on), values)
    if not found:
        return None
    count = len(first._meta.concrete_fields)
    return _as_row(first, list(found[0][:count])), _as_row(second, list(found[0][count:]))


def as_stored(model: type[models.Model], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Columns and what is written there."""
    fields = {name: model._meta.get_field(name) for name in changes}
    return {
        str(field.column): field.get_db_prep_save(getattr(changes[name], "pk", changes[name]), connection)  # type: ignore[union-attr]
        for name, field in fields.items()
    }


def _first(model: type[M], sql: str, values: tuple[Any, ...]) -> M | None:
    rows = prepared.run(sql, values)
    return _as_row(model, list(rows[0])) if rows else None


def _as_row(model: type[M], values: list[Any]) -> M:
    for place, convert in _converters(model):
        values[place] = convert(values[place], None, connection)
    return model.from_db(connection.alias, [field.attname for field in model._meta.concrete_fields], values)


@functools.cache
def _select(model: type[models.Model]) -> str:
    return _SELECT.format(columns=_columns(model), table=_name(model._meta.db_table))


@functools.cache
def _two(first: type[models.Model], second: type[models.Model]) -> dict[str, str]:
    sides = (("one", first), ("two", second))
    columns = [f"{side}.{_name(str(field.column))}" for side, table in sides for field in table._meta.concrete_fields]
    return {"columns": ", ".join(columns), "one": _name(first._meta.db_table), "two": _name(second._meta.db_table)}


@functools.cache
def _insert(model: type[models.Model]) -> str:
    places = ", ".join(["%s"] * len(model._meta.concrete_fields))
    return _INSERT.format(table=_name(model._meta.db_table), columns=_columns(model), places=places)


def _columns(model: type[models.Model]) -> str:
    return ", ".join(_name(str(field.column)) for field in model._meta.concrete_fields)


@functools.cache
def _converters(model: type[models.Model]) -> list[tuple[int, Any]]:
    return [
        (place, convert)
        for place, field in enumerate(model._meta.concrete_fields)
        for convert in field.get_db_converters(connection)
    ]


def _name(name: str) -> str:
    return connection.ops.quote_name(name)
