"""When a released payout may leave: with a run of its rail, never before its destination may be paid to."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from foundation.switches.selectors import rollout_includes
from payouts.calendars.rails import book_on, next_run
from payouts.life.models import Payout
from payouts.life.rules import escrow
from payouts.life.seams import Measured
from payouts.life.switches import RISK_ADJUSTED


def hours_of(creator_id: UUID, standing: Measured) -> escrow.Hours:
    """How long a payout of this creator waits that is asked for now."""
    if not rollout_includes(RISK_ADJUSTED.key, creator_id):
        return escrow.Hours(escrow.STANDARD, escrow.STANDARD)
    return escrow.hours(standing.score, standing.refund_ratio)


def run_after(payout: Payout, at: datetime) -> datetime:
    """The first run of its rail that may take it."""
    usable_from = payout.method.usable_from
    return next_run(payout.rail, max(at, usable_from) if usable_from else at)


def books_on(rail: str, at: datetime) -> date:
    """The banking day on which a file of this run is to be booked."""
    return book_on(rail, at)
