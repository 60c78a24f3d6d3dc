"""The demo's past is made with the services of today: inside one transaction the clock shows another moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection

from foundation import clock


@contextmanager
def as_of(moment: datetime) -> Iterator[datetime]:
    """What the services do in here happened then. Only the caller's own transaction sees the clock moved."""
    if not connection.in_atomic_block:
        raise RuntimeError("the clock is moved inside a transaction, where nobody else sees it")
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp(), fanz_offset()")
        really, before = cursor.fetchone()
    clock.move_clock(ahead=moment - really)
    try:
        yield moment
    finally:
        clock.forget()
        if not connection.needs_rollback:
            clock.move_clock(ahead=before or timedelta())
