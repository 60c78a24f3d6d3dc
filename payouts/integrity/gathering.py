"""The inputs of scores, for one creator or all of them in one question over the published facts."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from payouts.integrity.rules.inputs import PAYER_MONTHS, RECENT_DAYS, WINDOW_DAYS, WORTH, Inputs

# A value of one product is rounded down once, after all its days are added up.
STATEMENT = """
WITH worth AS (
    SELECT * FROM unnest(%(currencies)s::text[], %(worths)s::bigint[]) AS worth (currency, per_unit)
), product AS (
    SELECT f.creator_id, f.product, sum(f.sales)::bigint AS sales,
        coalesce(sum(f.sales) FILTER (WHERE f.day > %(recent)s::date), 0)::bigint AS recent,
        sum(f.refunded)::bigint AS refunded,
        coalesce(div(sum(f.sales_minor * w.per_unit), 1000000), 0)::bigint AS value,
        coalesce(div(sum(f.refunded_minor * w.per_unit), 1000000), 0)::bigint AS refunded_value
    FROM fact_sale_day f LEFT JOIN worth w USING (currency)
    WHERE f.day > %(window)s::date AND f.day <= %(today)s::date AND {who} GROUP BY 1, 2
), sale AS (
    SELECT creator_id, sum(sales)::bigint AS sales, sum(recent)::bigint AS recent, sum(refunded)::bigint AS refunded,
        sum(value)::bigint AS value, sum(refunded_value)::bigint AS refunded_value,
        jsonb_object_agg(product, value) AS by_product
    FROM product GROUP BY 1
), payer AS (
    SELECT f.creator_id, f.fan_id, coalesce(div(sum(f.paid_minor * w.per_unit), 1000000), 0)::bigint AS value
    FROM fact_payer_month f LEFT JOIN worth w USING (currency)
    WHERE f.month >= %(months)s::date AND f.month <= %(today)s::date AND {who} GROUP BY 1, 2
), payers AS (
    SELECT creator_id, sum(value)::bigint AS paid_by_all, max(value) AS paid_by_one FROM payer GROUP BY 1
), dispute AS (
    SELECT f.creator_id, count(*) AS disputes, count(*) FILTER (WHERE f.opened_at > %(week)s) AS disputes_now
    FROM fact_dispute f WHERE f.opened_at > %(quarter)s AND f.opened_at <= %(at)s AND f.state <> 'WON' AND {who}
    GROUP BY 1
)
SELECT f.creator_id,
    greatest(0, %(today)s::date - least((f.joined_at AT TIME ZONE 'UTC')::date,
        (SELECT min(d.day) FROM fact_sale_day d WHERE d.creator_id = f.creator_id))),
    coalesce(sale.sales, 0), coalesce(sale.recent, 0), coalesce(sale.value, 0), sale.by_product,
    coalesce(sale.refunded, 0), coalesce(sale.refunded_value, 0),
    coalesce(payers.paid_by_all, 0), coalesce(payers.paid_by_one, 0),
    coalesce(dispute.disputes, 0), coalesce(dispute.disputes_now, 0), score.record_id, score.score, record.flags
FROM fact_creator f LEFT JOIN sale USING (creator_id) LEFT JOIN payers USING (creator_id)
    LEFT JOIN dispute USING (creator_id) LEFT JOIN integrity_score score USING (creator_id)
    LEFT JOIN integrity_record record ON record.id = score.record_id
WHERE {who} ORDER BY f.creator_id
"""
EVERYBODY, SOME = "TRUE", "f.creator_id = ANY (%(who)s::uuid[])"
ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a creator now, and the record that stands, if any."""

    creator_id: UUID
    inputs: Inputs
    record_id: UUID | None
    score: int | None
    flags: tuple[str, ...]


def gather(at: datetime, creator_ids: Collection[UUID] | None = None) -> Iterator[Known]:
    """The inputs of these creators, or of everybody, inside the caller's transaction."""
    today = at.date()
    month = today.replace(day=1)
    for _ in range(PAYER_MONTHS - 1):
        month = (month - timedelta(days=1)).replace(day=1)
    asked: dict[str, Any] = {
        "currencies": list(WORTH), "worths": list(WORTH.values()), "today": today, "at": at, "months": month,
        "window": today - timedelta(days=WINDOW_DAYS), "recent": today - timedelta(days=RECENT_DAYS),
        "quarter": at - timedelta(days=WINDOW_DAYS), "week": at - timedelta(days=RECENT_DAYS),
        "who": list(creator_ids or ()),
    }  # fmt: skip
    statement = STATEMENT.format(who=EVERYBODY if creator_ids is None else SOME)
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from map(_known, rows)


def _known(row: tuple[Any, ...]) -> Known:
    creator_id, *numbers, record_id, score, flags = row
    age_days, sales, recent, value, by_product, *rest = numbers
    refunded, refunded_value, paid_by_all, paid_by_one, disputes, disputes_now = rest
    inputs = Inputs(
        age_days, sales, recent, value, tuple(sorted(json.loads(by_product or "{}").items())), refunded, refunded_value,
        paid_by_all, paid_by_one, disputes, disputes_now,
    )  # fmt: skip
    return Known(creator_id, inputs, record_id, score, tuple(flags or ()))
