"""The one clock: the database's time plus an offset that only a demo or a test may move."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection

from foundation.errors import Forbidden

REFRESH_SECONDS = 1.0
_ahead = _offset = timedelta()
_read_at = float("-inf")


def now() -> datetime:
    """The time to record. What may leave is chosen in the database by fanz_now(), never by this value."""
    _refresh()
    return datetime.now(UTC) + _ahead


def is_moved() -> bool:
    """Whether this deployment's time is not the database's own."""
    _refresh()
    return bool(_offset)


def _refresh() -> None:
    global _ahead, _offset, _read_at
    if time.monotonic() - _read_at > REFRESH_SECONDS:
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp(), fanz_offset()")
            database_now, _offset = cursor.fetchone()
        _ahead, _read_at = database_now + _offset - datetime.now(UTC), time.monotonic()


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
