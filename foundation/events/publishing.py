from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from foundation.events.types import Event

if TYPE_CHECKING:
    from foundation.events.models import Newsworthy

_PUBLISH = """
WITH numbered AS (UPDATE {table} SET news_seq = news_seq + 1 WHERE {pk} = %s RETURNING news_seq)
INSERT INTO outbox (stream, type, version, aggregate_type, aggregate_id, sequence, platform_id, payload)
SELECT %s, %s, %s, %s, %s, news_seq, %s, %s::jsonb FROM numbered RETURNING id, sequence
"""


def publish(event: Event, *, key: Newsworthy) -> int:
    """Tell the event about this row; returns its number in the outbox. Commits or vanishes with the change."""
    if not connection.in_atomic_block:
        raise RuntimeError("news is told inside the transaction that makes it true")
    meta = key._meta
    payload = json.dumps(event.payload(), cls=DjangoJSONEncoder, separators=(",", ":"))
    table, pk = (connection.ops.quote_name(str(name)) for name in (meta.db_table, meta.pk.column))
    with connection.cursor() as cursor:
        cursor.execute(
            _PUBLISH.format(table=table, pk=pk),
            [
                key.pk, str(key.NEWS_STREAM), event.type, event.version, meta.label_lower, str(key.pk),
                getattr(key, "platform_id", None), payload,
            ],
        )  # fmt: skip
        row = cursor.fetchone()
    if row is None:
        raise RuntimeError(f"no {meta.label_lower} {key.pk} to tell {event.type} about")
    number, key.news_seq = row
    return number
