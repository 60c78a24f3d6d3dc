"""When a released payout may leave: never before its destination may be paid to."""

from __future__ import annotations

from datetime import datetime

from payouts.life.models import Payout


def run_after(payout: Payout, at: datetime) -> datetime:
    """The first run of its rail that may take it."""
    usable_from = payout.method.usable_from
    return max(at, usable_from) if usable_from else at
