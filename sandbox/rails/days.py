"""The days on which banks settle: those of the Federal Reserve for dollars, of TARGET for euros."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

BOOKED_AT = time(13, 30, tzinfo=UTC)
MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6

Holidays = Callable[[int], frozenset[date]]


@lru_cache(maxsize=64)
def us(year: int) -> frozenset[date]:
    """Holidays of the Federal Reserve Banks; one that falls on a Sunday is kept on the Monday, on a Saturday not."""
    fixed = [date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    moved = [day + timedelta(days=1) if day.weekday() == SUNDAY else day for day in fixed]
    return frozenset(
        [
            *moved,
            _nth(year, 1, MONDAY, 3),
            _nth(year, 2, MONDAY, 3),
            _nth(year, 6, MONDAY, 1) - timedelta(days=7),  # the last one of May
            _nth(year, 9, MONDAY, 1),
            _nth(year, 10, MONDAY, 2),
            _nth(year, 11, THURSDAY, 4),
        ]
    )


@lru_cache(maxsize=64)
def target(year: int) -> frozenset[date]:
    easter = _easter(year)
    return frozenset(
        [
            date(year, 1, 1),
            easter - timedelta(days=2),
            easter + timedelta(days=1),
            date(year, 5, 1),
            date(year, 12, 25),
            date(year, 12, 26),
        ]
    )


def is_open(day: date, holidays: Holidays) -> bool:
    return day.weekday() < SATURDAY and day not in holidays(day.year)


def next_open(day: date, holidays: Holidays, days: int = 0) -> date:
    """The banking day on or after this one, and as many banking days later."""
    while not is_open(day, holidays):
        day += timedelta(days=1)
    for _ in range(days):
        day = next_open(day + timedelta(days=1), holidays)
    return day


def booked_on(day: date) -> datetime:
    """The moment at which a bank books what is due on that day."""
    return datetime.combine(day, BOOKED_AT)


def _nth(year: int, month: int, weekday: int, count: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))


def _easter(year: int) -> date:
    """Gauss's rule as Butcher wrote it down."""
    century, rest = divmod(year, 100)
    golden = year % 19
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * shift + 114, 31)
    return date(year, month, day + 1)
