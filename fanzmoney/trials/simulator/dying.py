"""A process that dies at a named point: its connection is gone, and all it had not committed with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.db import connection

from foundation import clock, crash, nearby
from processors.gateways.ccbill.managing import reports
from processors.webhooks import waiting


class Died(BaseException):
    """Nobody catches it but the simulator: nothing of the product may go on after a death."""

    def __init__(self, point: str) -> None:
        super().__init__(point)
        self.point = point


class _Points:
    """In place of the names at which to die: every point passed is counted, and the last of them is deadly."""

    def __init__(self, last: int) -> None:
        self.left = last

    def __contains__(self, point: object) -> bool:
        self.left -= 1
        if self.left == 0:
            _cut_off()
            raise Died(str(point))
        return False


def _cut_off() -> None:
    """The server takes everything back that was not committed, and the session's locks with it."""
    if connection.connection is not None:
        connection.connection.close()
    connection.close()


@contextmanager
def dying_at(number: int) -> Iterator[None]:
    """In here the so manieth crash point is the end; with 0 none is."""
    before = crash._armed
    crash._armed = cast(Any, _Points(number))
    try:
        yield
    finally:
        crash._armed = before


def started_anew() -> None:
    """What a process knows at its start: nothing."""
    clock.forget()
    nearby.forget_all()
    waiting.forget()
    reports.forget()
