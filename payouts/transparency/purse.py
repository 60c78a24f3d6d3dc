"""What a creator has, by currency: free to ask for, on its way, and what becomes free on which day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from foundation.money import Money
from ledger.selectors import get_balances, list_accounts
from payouts.earnings.gathering import USUAL_DAYS
from processors.payments.selectors import settlement_days

PARTS = ("available", "pending", "uncounted", "escrow", "in_transit", "reserve", "receivable")
HELD_IN = ("available", "pending", "reserve")
# By the same days as the earnings run; what was refunded meanwhile comes off when it settles.
COMING = """
WITH lag AS (
    SELECT * FROM unnest(%(merchants)s::text[], %(days)s::int[]) AS lag (merchant, days)
), sold AS (
    SELECT p.currency, e.amount_minor, (e.effective_at AT TIME ZONE 'UTC')::date
        + CASE WHEN e.merchant IS NULL THEN 0 ELSE coalesce(lag.days, %(usual)s) END AS settles_on
    FROM fact_pending p JOIN fact_earning e USING (account_id) LEFT JOIN lag USING (merchant)
    WHERE p.creator_id = %(creator)s AND e.effective_at >= %(since)s AND e.recorded_at >= %(since)s
)
SELECT currency, settles_on, sum(amount_minor)::bigint FROM sold WHERE settles_on > %(today)s::date
GROUP BY 1, 2 ORDER BY 2, 1
"""


@dataclass(frozen=True, slots=True)
class Purse:
    """One currency of a creator; `pending` becomes available when it settles, `owed` is filled first,
    from what is available too."""

    available: Money
    pending: Money
    waiting: Money
    """Asked for and not sent."""
    sent: Money
    """Handed over and not confirmed."""
    held: Money
    uncounted: Money
    """Of sales that are looked at before they count."""
    reserve: Money
    owed: Money

    @property
    def currency(self) -> str:
        return self.available.currency


@dataclass(frozen=True, slots=True)
class Coming:
    """Sales of some days become available together."""

    on: date
    amount: Money


def purses_of(creator_id: UUID) -> list[Purse]:
    """What a creator has, the currency with most accounts first by name; in two statements."""
    accounts = [one for one in list_accounts(party_id=creator_id, kind="creator") if one.key.purpose in PARTS]
    balances = get_balances([one.id for one in accounts])
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in accounts:
        balance, purpose = balances[one.id], one.key.purpose
        part = sums[one.key.currency]
        part[purpose] += balance.posted.minor
        part["held"] += balance.held.minor if purpose in HELD_IN else 0
        part["free"] += (balance.posted - balance.held).minor if purpose == "available" else 0
    return [_purse(currency, sums[currency]) for currency in sorted(sums)]


def _purse(currency: str, sums: dict[str, int]) -> Purse:
    def of(*parts: str) -> Money:
        return Money(sum(sums[part] for part in parts), currency)

    owed = abs(sums["receivable"])
    return Purse(
        available=Money(max(sums["free"] - owed, 0), currency), pending=of("pending"), waiting=of("escrow"),
        sent=of("in_transit"), held=of("held"), uncounted=of("uncounted"), reserve=of("reserve"),
        owed=Money(owed, currency),
    )  # fmt: skip


def coming_of(creator_id: UUID, *, at: datetime) -> list[Coming]:
    """What becomes available on which day, as far as its sales have a day; days past are with the next run."""
    lags = settlement_days()
    asked: dict[str, Any] = {
        "creator": creator_id, "merchants": list(lags), "days": list(lags.values()), "usual": USUAL_DAYS,
        "since": at - timedelta(days=max([USUAL_DAYS, *lags.values()]) + 1), "today": at.date(),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(COMING, asked)
        return [Coming(day, Money(int(minor), currency)) for currency, day, minor in cursor.fetchall()]
