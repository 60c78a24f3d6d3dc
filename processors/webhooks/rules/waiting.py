"""How long a told thing waits for what it is about, and when a person is called."""

from __future__ import annotations

from datetime import datetime, timedelta

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (1, 5, 30, 120, 600, 3_600, 21_600, 86_400))
ASKED_AGAIN_AFTER = timedelta(seconds=15)
"""Unproved news that came to nothing and is told again makes us ask again, and not more often than this."""


def next_try(tries: int, at: datetime) -> datetime | None:
    """When to try again after so many tries; None: it was tried often enough."""
    return at + PAUSES[tries - 1] if tries <= len(PAUSES) else None
