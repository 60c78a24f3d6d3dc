"""Cash needed against cash there, per day and rail, in a number of questions that does not grow with the payouts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import F, Sum

from foundation import clock
from foundation.money import Money
from ledger.selectors import account_keys, get_balances
from payouts.calendars.rails import RAILS
from payouts.integrity.models import IntegrityScore
from payouts.life.models import Payout, PayoutSchedule
from payouts.life.rules import escrow
from payouts.life.rules.amounts import terms
from payouts.life.states import WITH_RAIL
from payouts.methods.models import PayoutMethod
from payouts.operations.rules.cash import CashPlan, Needed, paid_on, plan

MOST_DAYS = 60
Line = tuple[str, str]
# A moment is rounded up to its minute, so that payouts of one minute are one line and none comes before its run.
NEEDS = """
SELECT rail, currency, date_trunc('minute', greatest(coalesce(due_at, %(now)s), %(now)s)
    + interval '59.999999 seconds') AS leaves, count(*), sum(amount_minor - fee_minor)::bigint
FROM payout WHERE state IN ('REQUESTED', 'SCREENED', 'IN_ESCROW', 'APPROVED', 'QUEUED', 'PREPARED')
GROUP BY rail, currency, leaves
"""


def cash_calendar(*, days: int = 14) -> list[CashPlan]:
    """Every rail and currency with cash or with payouts, the one that is short first."""
    days, now = min(max(days, 1), MOST_DAYS), clock.now()
    needs, on_its_way, liquid = _needs(now), _on_its_way(), _liquid()
    expected = _expected(now, days)
    plans = []
    for rail, currency in {*needs, *on_its_way, *liquid, *expected}:
        zero = Money.zero(currency)
        plans.append(
            plan(
                rail=rail, liquid=liquid.get((rail, currency), zero), first=now.astimezone(UTC).date(), days=days,
                on_its_way=on_its_way.get((rail, currency), zero), needs=needs.get((rail, currency), {}),
                expected=expected.get((rail, currency), {}),
            )
        )  # fmt: skip
    order = list(RAILS)
    worth = [one for one in plans if one.need or one.liquid or one.on_its_way or any(d.expected for d in one.days)]
    return sorted(worth, key=lambda one: (not one.missing, order.index(one.rail), one.currency))


def frozen_beside() -> list[Money]:
    """What is frozen and has no day: it is needed when it is let go."""
    rows = Payout.objects.filter(state="FROZEN").order_by("currency").values_list("currency")
    return [Money(int(total), currency) for currency, total in rows.annotate(total=Sum("amount_minor"))]


def _needs(now: datetime) -> dict[Line, dict[date, Needed]]:
    with connection.cursor() as cursor:
        cursor.execute(NEEDS, {"now": now})
        rows = cursor.fetchall()
    found: dict[Line, dict[date, Needed]] = {}
    for rail, currency, leaves, count, minor in rows:
        line, day = found.setdefault((rail, currency), {}), paid_on(rail, leaves)
        before = line.get(day, Needed(0, Money.zero(currency)))
        line[day] = Needed(before.count + count, before.amount + Money(minor, currency))
    return found


def _on_its_way() -> dict[Line, Money]:
    rows = Payout.objects.filter(state__in=WITH_RAIL).order_by().values_list("rail", "currency")
    sums = rows.annotate(total=Sum(F("amount_minor") - F("fee_minor")))
    return {(rail, currency): Money(int(total), currency) for rail, currency, total in sums}


def _liquid() -> dict[Line, Money]:
    """What the ledger says lies on our accounts with rails; coins in the treasury."""
    keys = account_keys(kind="bank", purpose="cash") | account_keys(kind="treasury", purpose="crypto")
    balances = get_balances(keys)
    found: dict[Line, Money] = {}
    for id, key in keys.items():
        line = (key.source if key.kind == "bank" else "crypto", key.currency)
        if line[0] in RAILS:
            found[line] = found.get(line, Money.zero(key.currency)) - balances[id].posted
    return found


def _expected(now: datetime, days: int) -> dict[Line, dict[date, Money]]:
    """What schedules would ask for next, of what is available now, after the hours of each creator's score."""
    wanted = list(PayoutSchedule.objects.exclude(kind=PayoutSchedule.Kind.ON_DEMAND))
    creators = {row.creator_id for row in wanted}
    rails = {
        (creator_id, currency): rail
        for creator_id, currency, rail in PayoutMethod.objects.filter(
            creator_id__in=creators, is_preferred=True
        ).values_list("creator_id", "currency", "rail")
    }
    scores = dict(IntegrityScore.objects.filter(creator_id__in=creators).values_list("creator_id", "score"))
    free = _free(creators) if creators else {}
    found: dict[Line, dict[date, Money]] = {}
    for row in wanted:
        rail, amount = rails.get((row.creator_id, row.currency)), free.get((row.creator_id, row.currency))
        limits = terms(rail, row.currency) if rail else None
        least = max(row.threshold_minor or 0, limits.least.minor if limits else 0)
        if rail is None or limits is None or amount is None or amount.minor < least:
            continue
        for asked_at in _asked(row, now, days):
            leaves = asked_at + timedelta(hours=_hours(scores.get(row.creator_id, 0)))
            line, day = found.setdefault((rail, row.currency), {}), paid_on(rail, leaves)
            line[day] = line.get(day, Money.zero(row.currency)) + min(amount, limits.most) - limits.fee
    return found


def _asked(row: PayoutSchedule, now: datetime, days: int) -> Iterator[datetime]:
    """The first day on which the schedule asks; what is asked for then is no longer available afterwards."""
    for ahead in range(1, days + 1):
        at = now + timedelta(days=ahead)
        if row.kind == PayoutSchedule.Kind.THRESHOLD or at.astimezone(UTC).weekday() == row.weekday:
            yield at
            return


def _hours(score: int) -> int:
    return next(hours for at_least, hours in escrow.HOURS_BY_SCORE if score >= at_least)


def _free(creators: set[UUID]) -> dict[tuple[UUID | None, str], Money]:
    keys = account_keys(party_id__in=creators, kind="creator", purpose="available")
    balances = get_balances(keys)
    return {(key.party_id, key.currency): balances[id].posted - balances[id].held for id, key in keys.items()}
