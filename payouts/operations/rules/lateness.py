"""When a payout is late: it has not left a day after its hours were to end, or its rail should have paid it by now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from payouts.calendars import eta_sent
from payouts.calendars.rails import RAILS
from payouts.life.states import WITH_RAIL, WITH_US

LEAVES_WITHIN = timedelta(hours=24)
MOST_DAYS = 21


def handed_over_before(at: datetime) -> Mapping[str, datetime]:
    """For each rail: what it was handed until then should have arrived by now, as its calendar says."""
    return {rail: _last_due(rail, at) for rail in RAILS}


def is_late(
    *, state: str, rail: str, promised_at: datetime | None, sent_at: datetime | None, at: datetime,
    bounds: Mapping[str, datetime] | None = None,
) -> bool:  # fmt: skip
    if state in WITH_US:
        return promised_at is not None and promised_at < at - LEAVES_WITHIN
    bound = (bounds or handed_over_before(at)).get(rail)
    return state in WITH_RAIL and sent_at is not None and bound is not None and sent_at < bound


def _last_due(rail: str, at: datetime) -> datetime:
    days = (at - timedelta(days=days) for days in range(MOST_DAYS))
    return next((day for day in days if eta_sent(rail, day).arrives_by < at), at - timedelta(days=MOST_DAYS))
