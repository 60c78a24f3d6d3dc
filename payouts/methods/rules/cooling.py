"""How long a destination waits before it is paid to, and how often it may be proved."""

from __future__ import annotations

from datetime import datetime, timedelta

AFTER_CHANGE = timedelta(hours=48)
SAVED_BY_CODE = timedelta(hours=24)
"""Who confirms a change by the code that was sent to them waits so much less."""
CODE_LASTS = timedelta(minutes=15)
MOST_TRIES, MOST_CODES_A_DAY, MOST_METHODS = 5, 5, 10


def usable_from(created_at: datetime, proved_at: datetime, *, is_first: bool, is_by_code: bool) -> datetime:
    """A first destination is used at once; one that comes after another waits, in case somebody else added it."""
    if is_first:
        return proved_at
    wait = AFTER_CHANGE - SAVED_BY_CODE if is_by_code else AFTER_CHANGE
    return max(proved_at, created_at + wait)
