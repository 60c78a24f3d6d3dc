"""Half-open stretches of UTC; a job of a period is due when the period is over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Calendar(Enum):
    """Lengths that are not a fixed number of seconds."""

    MONTH = "month"


Every = timedelta | Calendar
MONTH = Calendar.MONTH


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From `start`, which belongs to it, to `end`, which does not."""

    start: datetime
    end: datetime

    def __str__(self) -> str:
        return self.start.astimezone(UTC).isoformat().replace("+00:00", "Z")


def period_at(every: Every, at: datetime) -> Period:
    """The period this moment lies in."""
    at = at.astimezone(UTC)
    if isinstance(every, Calendar):
        start = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return Period(start, _next_month(start))
    start = _EPOCH + (at - _EPOCH) // every * every
    return Period(start, start + every)


def last_ended(every: Every, at: datetime) -> Period:
    """The newest period that is over."""
    return period_at(every, period_at(every, at).start - timedelta(microseconds=1))


def ended_since(every: Every, after: datetime, at: datetime) -> Iterator[Period]:
    """The periods that began later than `after` and are over, oldest first."""
    period = period_at(every, period_at(every, after).end)
    while period.end <= at:
        yield period
        period = period_at(every, period.end)


def _next_month(first: datetime) -> datetime:
    return (first + timedelta(days=32)).replace(day=1)
