"""What each rail's account has to hold, day by day: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from foundation.money import Money
from payouts.calendars import book_on, next_run
from payouts.calendars.days import closed_because, no_holidays
from payouts.calendars.rails import RAILS


@dataclass(frozen=True, slots=True)
class Needed:
    """Payouts that are booked on one day."""

    count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class CashDay:
    """One day of one rail's account in one currency."""

    day: date
    count: int
    need: Money
    expected: Money
    """What schedules would ask for of what is available now; a figure to plan with, not a promise."""
    left: Money
    """At the end of the day, with everything before it paid, without what is only expected."""
    closed: str
    """Why banks do not work on this day; empty when they do."""

    @property
    def short(self) -> Money:
        """What is missing on this day."""
        return max(-self.left, Money.zero(self.left.currency))


@dataclass(frozen=True, slots=True)
class CashPlan:
    """One rail and currency: what is there, what is on its way, and the days."""

    rail: str
    currency: str
    liquid: Money
    """On our account with the rail, by the ledger."""
    on_its_way: Money
    """Handed over already and not yet taken off the account."""
    cut_off: str
    days: Sequence[CashDay]

    @property
    def need(self) -> Money:
        return sum((day.need for day in self.days), start=Money.zero(self.currency))

    @property
    def first_short(self) -> CashDay | None:
        return next((day for day in self.days if day.short), None)

    @property
    def missing(self) -> Money:
        """The most that is missing on any of these days."""
        return max((day.short for day in self.days), default=Money.zero(self.currency))


def plan(
    *, rail: str, liquid: Money, on_its_way: Money, needs: Mapping[date, Needed], expected: Mapping[date, Money],
    first: date, days: int,
) -> CashPlan:  # fmt: skip
    """Day after day; what was needed before the first day is needed on it."""
    zero, left, found = Money.zero(liquid.currency), liquid - on_its_way, []
    for number in range(days):
        day = first + timedelta(days=number)
        due = [one for at, one in needs.items() if at == day or (number == 0 and at < first)]
        need = sum((one.amount for one in due), start=zero)
        left -= need
        found.append(
            CashDay(
                day, sum(one.count for one in due), need, expected.get(day, zero), left,
                "" if works_every_day(rail) else closed_because(day, RAILS[rail].holidays),
            )
        )  # fmt: skip
    return CashPlan(rail, liquid.currency, liquid, on_its_way, cut_off(rail), found)


def works_every_day(rail: str) -> bool:
    """Whether no bank stands between us and it."""
    return RAILS[rail].holidays is no_holidays


def paid_on(rail: str, leaves: datetime) -> date:
    """The day on which our account pays what may leave from this moment on."""
    run = next_run(rail, leaves)
    return run.astimezone(UTC).date() if works_every_day(rail) else book_on(rail, run)


def cut_off(rail: str) -> str:
    """Until when what is handed over counts for the day, on the rail's own clock."""
    days = RAILS[rail]
    return f"{days.cut_off:%H:%M} {days.city} time" if days.runs else "none: told at once"
