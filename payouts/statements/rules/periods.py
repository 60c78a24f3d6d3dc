"""What a statement may be about: whole UTC days, a year of them at most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from foundation.errors import Invalid, Unprocessable

DAY = timedelta(days=1)
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day, both in it."""

    first: date
    last: date

    @property
    def since(self) -> datetime:
        return datetime.combine(self.first, time(), UTC)

    @property
    def until(self) -> datetime:
        return datetime.combine(self.last + DAY, time(), UTC)


def period(first: date, last: date) -> Period:
    """These days; Unprocessable when they end before they begin, or are more than a year."""
    if first.year < 1970 or last.year > 2999:
        raise _wrong("since", "No books are kept of these days.")
    if last < first:
        raise _wrong("until", "The last day comes before the first.")
    if (last - first).days >= MOST_DAYS:
        raise _wrong("until", f"A statement is about at most {MOST_DAYS} days.")
    return Period(first, last)


def months_from(month: date, months: int = 1) -> Period:
    """So many whole months from this one on, twelve at most."""
    if not 1 <= months <= 12:
        raise Invalid("statements.too_long", "A statement is about 1 to 12 months.")
    count = month.year * 12 + month.month - 1
    return Period(_first(count), _first(count + months) - DAY)


def last_months(today: date, months: int) -> Period:
    """The month of this day and those before it, so many in all."""
    count = today.year * 12 + today.month - months
    return months_from(_first(count), months)


def _first(count: int) -> date:
    return date(count // 12, count % 12 + 1, 1)


def _wrong(field: str, detail: str) -> Unprocessable:
    errors = [{"field": field, "code": "invalid", "detail": detail}]
    return Unprocessable("statements.bad_period", detail, errors=errors)
