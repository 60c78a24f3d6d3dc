"""What is sealed: tables whose rows are written once and carry the id of the transaction that wrote them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection

from foundation.registry import Registry
from foundation.seal.models import SealBlock, SealEpoch

LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that should not be so."""

    source: str
    kind: str
    detail: str
    block: int | None = None

    def as_dict(self) -> dict[str, Any]:
        return {"source": self.source, "kind": self.kind, "block": self.block, "detail": self.detail}


def _nothing_more() -> Iterable[Finding]:
    return ()


@dataclass(frozen=True, slots=True)
class Source:
    """A table with a growing `id`, an `xact` and an `at`, and the SQL that says all a row says, as text or bytes."""

    table: str
    leaf: str
    and_also: Callable[[], Iterable[Finding]] = _nothing_more
    is_binary: bool = False

    @property
    def leaf_hash(self) -> str:
        said = self.leaf if self.is_binary else f"convert_to({self.leaf}, 'UTF8')"
        return f"sha256('\\x00'::bytea || {said})"


sources: Registry[Source] = Registry("sealed source")

Row = tuple[int, int, bytes]
Condition = tuple[str, Sequence[Any]]


def ordinary(epoch: SealEpoch, following: SealEpoch | None, xact_from: int, xact_until: int) -> Condition:
    """The rows of this epoch that these transactions wrote."""
    text = "xact >= %s::text::xid8 AND xact < %s::text::xid8"
    if epoch.number > 1:
        text += f" AND id > {int(epoch.starts_after)}"
    if following:
        text += f" AND id <= {int(following.sealed_id)}"
    return text, [str(xact_from), str(xact_until)]


def brought(epoch: SealEpoch, before: SealEpoch) -> Condition:
    """The rows that came with a dump and had not been sealed where they were written."""
    text = "id <= %s AND (id > %s OR xact >= %s::text::xid8)"
    if before.number > 1:
        text += f" AND id > {int(before.starts_after)}"
    return text, [epoch.starts_after, epoch.sealed_id, str(epoch.sealed_xact)]


def rows(source: Source, condition: Condition, *, order: str = "id", limit: int | None = None) -> Iterator[Row]:
    """(id, transaction, leaf) of the rows, streamed."""
    text, values = condition
    sql = (
        f"SELECT id, xact::text::bigint, {source.leaf_hash} "  # noqa: S608
        f"FROM {source.table} WHERE {text} ORDER BY {order}"
    )
    if limit:
        sql += f" LIMIT {int(limit)}"
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, values)
        while batch := cursor.fetchmany(5_000):
            for number, xact, leaf in batch:
                yield number, xact, bytes(leaf)


def leaf_texts(name: str, row_ids: Sequence[int]) -> dict[int, str]:
    """All that these rows say, as it was hashed."""
    source = sources.find(name)
    with connection.cursor() as cursor:
        sql = f"SELECT id, {source.leaf} FROM {source.table} WHERE id = ANY(%s)"  # noqa: S608
        cursor.execute(sql, [list(row_ids)])
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows in the order of their numbers: all leaf hashes, and each number with the first bytes of its leaf."""

    count: int
    last_id: int
    leaves: bytes
    marks: bytes


def gather(source: Source, condition: Condition) -> Gathered:
    """What `rows` gives, put together by the database: many rows cost the sealer little."""
    text, values = condition
    sql = f"""
        SELECT count(*), coalesce(max(id), 0), coalesce(string_agg(leaf, '' ORDER BY id), ''),
            coalesce(string_agg(int8send(id) || substring(leaf FROM 1 FOR 4), '' ORDER BY id), '')
        FROM (SELECT id, {source.leaf_hash} AS leaf FROM {source.table} WHERE {text} OFFSET 0) AS sealed
    """  # noqa: S608
    count, last_id, leaves, marks = _ask(sql, values) or (0, 0, b"", b"")
    return Gathered(count, last_id, bytes(leaves), bytes(marks))


def scalar(sql: str, values: Sequence[Any] = ()) -> Any:
    row = _ask(sql, values)
    return row[0] if row else None


def _ask(sql: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
    """The first row, by a prepared statement: planning over all months costs more than a second's rows."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(sql.encode(), values or None, prepare=True, binary=True).fetchone()


def head_of(name: str) -> SealBlock | None:
    """The last block, without its marks until they are asked for."""
    return SealBlock.objects.filter(source=name).order_by("-number").defer("marks").first()


def epochs_of(name: str) -> dict[int, SealEpoch]:
    return {epoch.number: epoch for epoch in SealEpoch.objects.filter(source=name)}
