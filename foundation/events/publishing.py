from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from foundation import prepared
from foundation.events.types import Event

if TYPE_CHECKING:
    from foundation.events.models import Newsworthy

_PUBLISH = """
WITH numbered AS (UPDATE {table} SET news_seq = news_seq + 1 WHERE {pk} = %s RETURNING news_seq)
INSERT INTO outbox (stream, type, version, aggregate_type, aggregate_id, sequence, platform_id, payload)
SELECT %s::text, %s::text, %s::smallint, %s::text, %s::text, news_seq, %s::uuid, %s::jsonb FROM numbered
RETURNING id, sequence
"""
_PUBLISH_SOME = """
WITH numbered AS (UPDATE {table} SET news_seq = news_seq + %s WHERE {pk} = %s RETURNING news_seq)
INSERT INTO outbox (stream, type, version, aggregate_type, aggregate_id, sequence, platform_id, payload)
SELECT %s::text, type, version, %s::text, %s::text, news_seq - %s + nth, %s::uuid, payload::jsonb
FROM numbered, unnest(%s::text[], %s::smallint[], %b::text[]) WITH ORDINALITY AS told (type, version, payload, nth)
ORDER BY nth RETURNING sequence
"""
_LOCK = "SELECT {pk} FROM {table} WHERE {pk} = ANY(%s::{kind}[]) ORDER BY {pk} FOR NO KEY UPDATE"
# Texts of JSON travel as binary arrays: psycopg escapes every quote of a textual one by itself, slowly.
_PUBLISH_ALL = """
WITH told AS (
    SELECT * FROM unnest(%s::{kind}[], %s::text[], %s::smallint[], %s::uuid[], %b::text[])
    AS told (pk, type, version, platform_id, payload)
), numbered AS (
    UPDATE {table} SET news_seq = news_seq + 1 FROM told WHERE {table}.{pk} = told.pk
    RETURNING told.*, {table}.news_seq
)
INSERT INTO outbox (stream, type, version, aggregate_type, aggregate_id, sequence, platform_id, payload)
SELECT %s::text, type, version, %s::text, pk::text, news_seq, platform_id, payload::jsonb FROM numbered
RETURNING aggregate_id, sequence
"""


def publish(event: Event, *, key: Newsworthy) -> int:
    """Tell the event about this row; returns its number in the outbox. Commits or vanishes with the change."""
    _refuse_outside()
    rows = prepared.run(
        _publishing(key._meta.model),
        [
            key.pk, str(key.NEWS_STREAM), event.type, event.version, key._meta.label_lower, str(key.pk),
            getattr(key, "platform_id", None), _payload(event),
        ],
    )  # fmt: skip
    if not rows:
        raise RuntimeError(f"no {key._meta.label_lower} {key.pk} to tell {event.type} about")
    ((number, key.news_seq),) = rows
    return int(number)


def publish_in_order(events: Sequence[Event], *, key: Newsworthy) -> None:
    """Tell several events about this row, the first first, as `publish` tells one."""
    _refuse_outside()
    rows = prepared.run(
        _publishing(key._meta.model, _PUBLISH_SOME),
        [
            len(events), key.pk, str(key.NEWS_STREAM), key._meta.label_lower, str(key.pk), len(events),
            getattr(key, "platform_id", None), [event.type for event in events],
            [event.version for event in events], [_payload(event) for event in events],
        ],
    )  # fmt: skip
    if len(rows) != len(events):
        raise RuntimeError(f"no {key._meta.label_lower} {key.pk} to tell news about")
    key.news_seq = max(sequence for (sequence,) in rows)


@functools.cache
def _publishing(table: type[Newsworthy], statement: str = _PUBLISH) -> str:
    return statement.format(**_names(table))


def publish_all(told: Mapping[Newsworthy, Event]) -> None:
    """Tell one event about each of many rows of one table, in one statement: for batches."""
    if not told:
        return
    rows, events = list(told), list(told.values())
    names = _names(type(rows[0]))
    if {type(row) for row in rows} != {type(rows[0])}:
        raise TypeError("a batch of news is about rows of one table")
    _refuse_outside()
    prepared.run(_LOCK.format(**names), [[row.pk for row in rows]])
    sequences = dict(
        prepared.run(
            _PUBLISH_ALL.format(**names),
            [
                [row.pk for row in rows], [event.type for event in events], [event.version for event in events],
                [getattr(row, "platform_id", None) for row in rows], [_payload(event) for event in events],
                str(rows[0].NEWS_STREAM), rows[0]._meta.label_lower,
            ],
        )
    )  # fmt: skip
    for row in rows:
        if str(row.pk) not in sequences:
            raise RuntimeError(f"no {row._meta.label_lower} {row.pk} to tell news about")
        row.news_seq = sequences[str(row.pk)]


def _refuse_outside() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("news is told inside the transaction that makes it true")


def _names(table: type[Newsworthy]) -> dict[str, str]:
    quote, key = connection.ops.quote_name, table._meta.pk
    return {
        "table": quote(table._meta.db_table),
        "pk": quote(str(key.column)),
        "kind": str(key.rel_db_type(connection)),
    }


def _payload(event: Event) -> str:
    return json.dumps(event.payload(), cls=DjangoJSONEncoder, separators=(",", ":"))
