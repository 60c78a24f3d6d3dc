"""When a released payout may leave: with a run of its rail, never before its destination may be paid to."""

from __future__ import annotations

from datetime import date, datetime

from payouts.calendars.rails import book_on, next_run
from payouts.life.models import Payout


def run_after(payout: Payout, at: datetime) -> datetime:
    """The first run of its rail that may take it."""
    usable_from = payout.method.usable_from
    return next_run(payout.rail, max(at, usable_from) if usable_from else at)


def books_on(rail: str, at: datetime) -> date:
    """The banking day on which a file of this run is to be booked."""
    return book_on(rail, at)
