"""The days on which banks do not work, by their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6
DAY: Final = timedelta(days=1)
Holidays = Callable[[int], Mapping[date, str]]


@lru_cache(maxsize=128)
def us_federal_reserve(year: int) -> Mapping[date, str]:
    """Holidays of the Federal Reserve Banks. One on a Sunday is kept on Monday; one on a Saturday is not kept."""
    fixed = {
        date(year, 1, 1): "New Year's Day",
        date(year, 6, 19): "Juneteenth",
        date(year, 7, 4): "Independence Day",
        date(year, 11, 11): "Veterans Day",
        date(year, 12, 25): "Christmas Day",
    }
    return {day + DAY if day.weekday() == SUNDAY else day: name for day, name in fixed.items()} | {
        _nth(year, 1, MONDAY, 3): "Martin Luther King Jr. Day",
        _nth(year, 2, MONDAY, 3): "Washington's Birthday",
        _last(year, 5, MONDAY): "Memorial Day",
        _nth(year, 9, MONDAY, 1): "Labor Day",
        _nth(year, 10, MONDAY, 2): "Columbus Day",
        _nth(year, 11, THURSDAY, 4): "Thanksgiving Day",
    }


@lru_cache(maxsize=128)
def target(year: int) -> Mapping[date, str]:
    """Closing days of the payment system of the euro."""
    sunday = easter(year)
    return {
        date(year, 1, 1): "New Year's Day",
        sunday - 2 * DAY: "Good Friday",
        sunday + DAY: "Easter Monday",
        date(year, 5, 1): "Labour Day",
        date(year, 12, 25): "Christmas Day",
        date(year, 12, 26): "26 December",
    }


def no_holidays(year: int) -> Mapping[date, str]:
    return {}


def closed_because(day: date, holidays: Holidays) -> str:
    """Why banks do not work on this day; nothing when they do."""
    if day.weekday() >= SATURDAY:
        return f"{day:%A}"
    return holidays(day.year).get(day, "")


def next_open(day: date, holidays: Holidays, more: int = 0) -> date:
    """The banking day on or after this one, and so many banking days later."""
    while closed_because(day, holidays):
        day += DAY
    for _ in range(more):
        day = next_open(day + DAY, holidays)
    return day


def easter(year: int) -> date:
    """Easter Sunday by the rule of Meeus, Jones and Butcher."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    step = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * step) // 451
    month, day = divmod(h + step - 7 * m + 114, 31)
    return date(year, month, day + 1)


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _last(year: int, month: int, weekday: int) -> date:
    return _nth(year, month + 1, weekday, 1) - timedelta(days=7)
