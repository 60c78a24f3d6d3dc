"""What is ripe on a day: all that is free on a pending line, less the sales whose own day has not come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from foundation.money import Money
from ledger import chart
from ledger.types import AccountKey
from payouts.earnings.seams import Line

USUAL_DAYS = 7
"""After how many days a sale settles through an account that does not say, or that nobody knows any more."""
# A sale is recorded when it takes effect or later, so older partitions are not read.
RIPE = """
WITH lag AS (
    SELECT * FROM unnest(%(merchants)s::text[], %(days)s::int[]) AS lag (merchant, days)
), unripe AS (
    SELECT e.account_id, sum(e.amount_minor)::bigint AS minor
    FROM fact_earning e LEFT JOIN lag USING (merchant)
    WHERE e.effective_at >= %(since)s AND e.recorded_at >= %(since)s
        AND (e.effective_at AT TIME ZONE 'UTC')::date
            + CASE WHEN e.merchant IS NULL THEN 0 ELSE coalesce(lag.days, %(usual)s) END > %(day)s::date
    GROUP BY 1
), waiting AS (
    SELECT creator_id, platform_id, product, currency, sum(amount_minor)::bigint AS minor
    FROM earnings_line WHERE status = 'stopped' GROUP BY 1, 2, 3, 4
)
SELECT p.creator_id, p.platform_id, p.product, p.currency,
    p.posted_minor - p.held_minor - coalesce(u.minor, 0), coalesce(w.minor, 0)
FROM fact_pending p LEFT JOIN unripe u USING (account_id)
    LEFT JOIN waiting w USING (creator_id, platform_id, product, currency)
WHERE p.posted_minor - p.held_minor - coalesce(u.minor, 0) > 0
    AND NOT EXISTS (
        SELECT FROM earnings_line l WHERE l.creator_id = p.creator_id AND l.platform_id = p.platform_id
            AND l.product = p.product AND l.currency = p.currency AND l.settles_on = %(day)s::date
    )
    AND (%(creator)s::uuid IS NULL OR p.creator_id = %(creator)s::uuid)
ORDER BY 1, 4, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Ripe:
    """A line with what may settle, and what of it waits since earlier days."""

    line: Line
    amount: Money
    waiting: Money

    @property
    def account(self) -> AccountKey:
        one = self.line
        return chart.earning_line("pending", one.creator_id, one.platform_id, one.product, one.currency)


def gather_ripe(day: date, lags: Mapping[str, int], creator_id: UUID | None = None) -> Iterator[Ripe]:
    """The lines that have something for this day and were not settled for it yet."""
    longest = max([USUAL_DAYS, *lags.values()])
    asked: dict[str, Any] = {
        "merchants": list(lags), "days": list(lags.values()), "usual": USUAL_DAYS, "day": day, "creator": creator_id,
        "since": datetime.combine(day - timedelta(days=longest), time(), UTC),
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '10min'")
        cursor.execute(RIPE, asked)
        rows = cursor.fetchall()
    for *parts, free, waiting in rows:
        line = Line(*parts)
        yield Ripe(line, Money(free, line.currency), Money(waiting, line.currency))
