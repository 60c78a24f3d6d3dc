"""Each rail's runs and days. Files are handed over every day; banks book them on their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from payouts.calendars.days import DAY, Holidays, closed_because, next_open, no_holidays, target, us_federal_reserve

NEW_YORK, BERLIN, EVERYWHERE = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Days:
    """How a rail works: times are of its own clock, days are banking days."""

    zone: ZoneInfo
    city: str
    runs: tuple[time, ...]
    """None: it is told of each payout at once."""
    cut_off: time
    """What is handed over until then is worked on the same day."""
    holidays: Holidays
    days_to_book: int
    days_to_arrive: int
    """From the day it is booked; it arrives by the end of that day."""
    end_of_day: time


@dataclass(frozen=True, slots=True)
class Eta:
    """By when a payout is sent and there, and why not sooner."""

    sent_by: datetime
    arrives_by: datetime
    why: str


RUN_TAKES, AT_ONCE_TAKES = timedelta(minutes=30), timedelta(hours=1)
_AT_ONCE = Days(EVERYWHERE, "UTC", (), time(23, 59), no_holidays, 0, 0, time(23, 59))
RAILS: Final[Mapping[str, Days]] = {
    "paxum": _AT_ONCE,
    "epayservice": _AT_ONCE,
    "ach": Days(
        NEW_YORK, "New York", (time(8), time(12), time(16)), time(17), us_federal_reserve, 1, 0, time(17),
    ),
    "sepa": Days(
        BERLIN, "Berlin", (time(7), time(10), time(13), time(17)), time(14), target, 0, 1, time(18),
    ),
    "wire": Days(NEW_YORK, "New York", (time(9), time(14)), time(15), us_federal_reserve, 0, 2, time(18)),
    "crypto": Days(
        EVERYWHERE, "UTC", tuple(time(hour) for hour in (1, 5, 9, 13, 17, 21)), time(17), no_holidays, 0, 0,
        time(23, 59),
    ),
}  # fmt: skip


def next_run(rail: str, at: datetime) -> datetime:
    """The first run of this rail at this moment or later; a rail without runs is told at once."""
    days = RAILS[rail]
    if not days.runs:
        return at
    today = at.astimezone(days.zone).date()
    moments = (_moment(days, day, run) for day in (today, today + DAY) for run in days.runs)
    return next(moment for moment in moments if moment >= at)


def book_on(rail: str, at: datetime) -> date:
    """The banking day on which what is handed over at this moment is booked."""
    days = RAILS[rail]
    local = at.astimezone(days.zone)
    taken = local.date() if local.time() <= days.cut_off else local.date() + DAY
    return next_open(taken, days.holidays, days.days_to_book)


def eta(rail: str, at: datetime) -> Eta:
    """When a payout that may leave from this moment on will be sent and there."""
    return _from(rail, next_run(rail, at))


def eta_sent(rail: str, sent_at: datetime) -> Eta:
    """When something will be there that was handed to the rail at this moment."""
    found = _from(rail, sent_at)
    return Eta(sent_at, found.arrives_by, found.why)


def _from(rail: str, run: datetime) -> Eta:
    days = RAILS[rail]
    if not days.runs:
        return Eta(run + AT_ONCE_TAKES, run + 2 * AT_ONCE_TAKES, "After its wait it is sent at once, on every day.")
    booked = book_on(rail, run)
    there = next_open(booked, days.holidays, days.days_to_arrive)
    sent_by = run + RUN_TAKES
    arrives_by = max(_moment(days, there, days.end_of_day), sent_by)
    return Eta(sent_by, arrives_by, _why(days, run, booked, there))


def _why(days: Days, run: datetime, booked: date, there: date) -> str:
    local = run.astimezone(days.zone)
    said = [f"Sent with the run of {_day(local.date())} at {local:%H:%M} ({days.city} time)."]
    if booked != local.date():
        said.append(f"It is booked on {_day(booked)}.")
    if closed := _closed(days, local.date(), there):
        said.append(f"Nobody works on {closed}.")
    return " ".join(said)


def _closed(days: Days, first: date, last: date) -> str:
    """The days between that banks do not work on, by name."""
    names = []
    while first < last:
        if name := closed_because(first, days.holidays):
            names.append(name if first.weekday() >= 5 else f"{_day(first)} ({name})")
        first += DAY
    return ", ".join(names)


def _day(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B}"


def _moment(days: Days, day: date, at: time) -> datetime:
    """A time of the rail's clock as a moment; runs lie outside the hours that clocks skip or repeat."""
    return datetime.combine(day, at, days.zone).astimezone(UTC)
