"""The one clock: the database's time plus an offset that only a demo or a test may move."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection

from foundation.errors import Forbidden

REFRESH_SECONDS = 1.0
_told = datetime.min.replace(tzinfo=UTC)
_offset = timedelta()
_read_at = float("-inf")


def now() -> datetime:
    """The time to record. What may leave is chosen in the database by fanz_now(), never by this value."""
    _refresh()
    return _told + timedelta(seconds=time.monotonic() - _read_at)


def is_moved() -> bool:
    """Whether this deployment's time is not the database's own."""
    _refresh()
    return bool(_offset)


def _refresh() -> None:
    global _told, _offset, _read_at
    if time.monotonic() - _read_at > REFRESH_SECONDS:
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp(), fanz_offset()")
            database_now, _offset = cursor.fetchone()
        # Counted on from here by a clock that nobody can set: this machine's own time may jump.
        _told, _read_at = database_now + _offset, time.monotonic()


def move_clock(*, ahead: timedelta) -> None:
    """Let time jump for the whole deployment; refused where real people live."""
    if not settings.CLOCK_MAY_MOVE:
        raise Forbidden("clock.fixed", "This deployment's clock cannot be moved.")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clock_offset (id, ahead) VALUES (1, %s) ON CONFLICT (id) DO UPDATE SET ahead = excluded.ahead",
            (ahead,),  # type: ignore[arg-type]
        )
    forget()


def forget() -> None:
    """Read the offset afresh at the next question."""
    global _read_at
    _read_at = float("-inf")
