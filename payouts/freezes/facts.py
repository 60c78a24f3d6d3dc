"""Facts of sales, by the views that the room of payments publishes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from payouts.integrity.rules.inputs import WORTH

WINDOW, FRESH, CIRCLE = timedelta(days=90), timedelta(hours=48), timedelta(days=30)
TOO_MANY_PERCENT = 30

REFUNDED = """
SELECT platform_id, product, count(*), count(*) FILTER (WHERE refunds_minor > 0) FROM fact_sale
WHERE creator_id = %s AND captured_at > %s GROUP BY 1, 2
HAVING 100 * count(*) FILTER (WHERE refunds_minor > 0) > %s * count(*) ORDER BY 1, 2
"""
FRESHLY = """
SELECT coalesce(sum(amount_minor - refunds_minor - disputed_minor), 0)::bigint, count(DISTINCT fan_id) FROM fact_sale
WHERE creator_id = %s AND currency = %s AND captured_at > %s
"""
# Who paid whom, two steps from the creator at most: their payers, their payees, and what those paid each other.
PAID = """
WITH near AS (
    SELECT fan_id AS id FROM fact_sale WHERE creator_id = %(c)s AND captured_at > %(since)s
    UNION SELECT creator_id FROM fact_sale WHERE fan_id = %(c)s AND captured_at > %(since)s
    UNION SELECT %(c)s::uuid
)
SELECT fan_id, creator_id, currency, sum(amount_minor)::bigint FROM fact_sale
WHERE captured_at > %(since)s AND fan_id IN (SELECT id FROM near) AND creator_id IN (SELECT id FROM near)
GROUP BY 1, 2, 3
"""


OPEN_DISPUTES = """
SELECT d.currency, s.captured_at FROM fact_dispute d JOIN fact_sale s USING (payment_id)
WHERE d.creator_id = %s AND d.state = 'OPENED' ORDER BY d.opened_at
"""
CREATOR_OF = "SELECT creator_id FROM fact_sale WHERE payment_id = %s"


@dataclass(frozen=True, slots=True)
class RefundedSource:
    """Sales of one product on one platform, and how many of them were refunded."""

    platform_id: UUID
    product: str
    sales: int
    refunded: int


def refunded_sources(creator_id: UUID, at: datetime) -> list[RefundedSource]:
    """Where too many of a creator's sales of 90 days were refunded."""
    return [RefundedSource(*row) for row in _ask(REFUNDED, [creator_id, at - WINDOW, TOO_MANY_PERCENT])]


def earned_freshly(creator_id: UUID, currency: str, at: datetime) -> tuple[int, int]:
    """What a creator sold in two days in this currency, and to how many buyers."""
    ((minor, payers),) = _ask(FRESHLY, [creator_id, currency, at - FRESH])
    return minor, payers


def paid_around(creator_id: UUID, at: datetime) -> dict[tuple[str, str], int]:
    """What people around a creator paid each other in a month, weighed in one unit."""
    found: dict[tuple[str, str], int] = {}
    for payer, payee, currency, minor in _ask(PAID, {"c": creator_id, "since": at - CIRCLE}):
        step = str(payer), str(payee)
        found[step] = found.get(step, 0) + minor * WORTH.get(currency, 0) // 1_000_000
    return found


def open_disputes(creator_id: UUID) -> list[tuple[str, datetime]]:
    """Of each open dispute of a creator's sales the currency and when the sale was made."""
    return [(currency, captured_at) for currency, captured_at in _ask(OPEN_DISPUTES, [creator_id])]


def creator_of(payment_id: UUID) -> UUID | None:
    """Whose sale a payment was; nobody's, when it was never taken."""
    return next((creator_id for (creator_id,) in _ask(CREATOR_OF, [payment_id])), None)


def _ask(statement: str, values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
