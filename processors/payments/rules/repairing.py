"""When to ask again about what is not known."""

from __future__ import annotations

from datetime import datetime, timedelta

# PAYMENTS 6: then a person's queue.
ASKED_AFTER = (
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6),
    timedelta(hours=24),
)  # fmt: skip
SOON = timedelta(minutes=1)
LEASE = timedelta(minutes=2)
"""Who prepared something sends it within this time, or it never leaves."""


def next_asking(sent_at: datetime, asked: int, at: datetime) -> datetime | None:
    """When to ask for the time after `asked` times; None when it was often enough and a person has to look."""
    if asked >= len(ASKED_AFTER):
        return None
    return max(sent_at + ASKED_AFTER[asked], at + SOON)
