"""When a message is tried again, and when trying ends."""

from __future__ import annotations

from datetime import timedelta

KEPT = timedelta(days=30)
TRIED_FOR = timedelta(days=7)
LONGEST = timedelta(hours=6)
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14400))
JITTER = 0.2
GONE = 410
WAITED_FOR = frozenset({429, 503})
MOST_AT_ONCE, MOST_WHILE_FAILING = 12, 2
WAKE_AFTER = timedelta(minutes=5)


def pause_after(tries: int, *, chance: float, asked_for: int | None = None) -> timedelta:
    """Five seconds after the first try, then ever longer, up to six hours; a fifth more or less, by chance between 0
    and 1, so that many do not come at once. A receiver that asks for more time gets it, up to the longest pause."""
    usual = PAUSES[tries - 1] if tries <= len(PAUSES) else LONGEST
    spread = usual * (1 - JITTER + 2 * JITTER * chance)
    return max(spread, min(timedelta(seconds=asked_for or 0), LONGEST))


def is_success(status: int | None) -> bool:
    return status is not None and 200 <= status < 300
