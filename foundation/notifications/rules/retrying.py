"""When a mail is tried again, and what is done about one that may have arrived."""

from __future__ import annotations

from datetime import timedelta

from foundation.notifications.states import Level

MOST_ATTEMPTS = 18
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)


def pause_after(attempts: int) -> timedelta:
    """Ten seconds after the first try, twice as long each time, at most an hour."""
    return min(FIRST_PAUSE * 2 ** min(attempts - 1, 12), LONGEST_PAUSE)


def is_sent_again(level: Level, resent: int) -> bool:
    """Whether a mail whose outcome is unknown goes out once more, under the same Message-ID.

    The message stands in the app in any case, so only what waits for a person is worth a possible second copy.
    """
    return level is Level.ACTION_REQUIRED and resent == 0
