"""The SQL of the inbox: lock cursors, read what is due, write down what was applied."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from foundation import prepared
from foundation.events.listening import Aggregate, News
from foundation.events.transport import Entry

DUE_AT_ONCE = 500
MARGIN = timedelta(seconds=1)
EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))
NO_LIMIT = 2**62

_HEARD = """
SELECT id, at, stream, type, version, aggregate_type, aggregate_id, sequence, platform_id, payload FROM outbox
WHERE id = ANY(%s::bigint[]) AND at BETWEEN %s AND %s ORDER BY id
"""
_LOCK = """
SELECT aggregate_type, aggregate_id, sequence, letter_id FROM inbox_cursor
WHERE "group" = %s AND (aggregate_type, aggregate_id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
ORDER BY aggregate_type, aggregate_id FOR UPDATE
"""
_BEGIN = """
INSERT INTO inbox_cursor ("group", aggregate_type, aggregate_id, sequence)
SELECT %s, type, id, 0 FROM unnest(%s::text[], %s::text[]) AS new (type, id) ORDER BY type, id ON CONFLICT DO NOTHING
RETURNING aggregate_type, aggregate_id
"""
_DUE = """
SELECT news.id, news.at, news.stream, news.type, news.version, news.aggregate_type, news.aggregate_id, news.sequence,
       news.platform_id, news.payload
FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[]) AS behind (type, id, done, upto)
CROSS JOIN LATERAL (
    SELECT * FROM outbox WHERE aggregate_type = behind.type AND aggregate_id = behind.id
    AND sequence > behind.done AND sequence <= behind.upto AND outbox.type = ANY(%s) ORDER BY sequence LIMIT %s
) AS news ORDER BY news.id LIMIT %s
"""
_APPLIED = 'INSERT INTO inbox ("group", event_id) SELECT %s, unnest(%s::bigint[])'
_ADVANCE = """
UPDATE inbox_cursor SET sequence = reached.sequence
FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS reached (type, id, sequence)
WHERE "group" = %s AND aggregate_type = reached.type AND aggregate_id = reached.id
"""


class Cursor(NamedTuple):
    sequence: int
    letter_id: int | None


def read_news(entries: Iterable[Entry]) -> list[News]:
    """The outbox rows these entries name; the times only tell Postgres which partitions to look in first."""
    ids = {entry.id: entry.at for entry in entries}
    if not ids:
        return []
    found = _read(list(ids), min(ids.values()) - MARGIN, max(ids.values()) + MARGIN)
    missing = ids.keys() - {news.id for news in found}
    return found + (_read(list(missing), EVER[0], EVER[1]) if missing else [])


def find_news(ids: Iterable[int]) -> list[News]:
    """These outbox rows, wherever they stand."""
    return _read(list(ids), EVER[0], EVER[1])


def _read(ids: list[int], since: datetime, until: datetime) -> list[News]:
    return [_news(row) for row in prepared.run(_HEARD, [ids, since, until])]


def lock(group: str, aggregates: Iterable[Aggregate]) -> dict[Aggregate, Cursor]:
    """These aggregates' cursors, held until the transaction ends; always in the same order."""
    wanted = sorted(set(aggregates))
    held = _lock(group, wanted)
    if missing := [aggregate for aggregate in wanted if aggregate not in held]:
        begun = prepared.run(_BEGIN, [group, [a.type for a in missing], [a.id for a in missing]])
        held |= {Aggregate(*row): Cursor(0, None) for row in begun}
        if others := [aggregate for aggregate in missing if aggregate not in held]:
            held |= _lock(group, others)
    return held


def _lock(group: str, aggregates: list[Aggregate]) -> dict[Aggregate, Cursor]:
    found = prepared.run(_LOCK, [group, [a.type for a in aggregates], [a.id for a in aggregates]])
    return {Aggregate(row[0], row[1]): Cursor(row[2], row[3]) for row in found}


def read_due(
    behind: Mapping[Aggregate, tuple[int, int | None]], types: list[str], *, most: int = DUE_AT_ONCE
) -> tuple[list[News], bool]:
    """News of these types after each cursor and up to what was heard, in order, and whether that is all."""
    values = [
        [a.type for a in behind], [a.id for a in behind], [done for done, _ in behind.values()],
        [NO_LIMIT if upto is None else upto for _, upto in behind.values()], types, most, most,
    ]  # fmt: skip
    due = [_news(row) for row in prepared.run(_DUE, values)]
    return due, len(due) < most


def advance(group: str, applied: list[News], reached: Mapping[Aggregate, int]) -> None:
    """Write down what was applied; a second time is an error of ours and stops the transaction."""
    prepared.run(_APPLIED, [group, [news.id for news in applied]])
    prepared.run(_ADVANCE, [[a.type for a in reached], [a.id for a in reached], list(reached.values()), group])


def _news(row: tuple[Any, ...]) -> News:
    return News(*row[:-1], json.loads(row[-1]))  # type: ignore[call-arg]
