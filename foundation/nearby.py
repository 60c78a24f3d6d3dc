"""A copy of a few facts in this process: read in microseconds, never older than two seconds, gone with the process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from django.db import Error, connection

T = TypeVar("T")

REFRESH_SECONDS, OLDEST_SECONDS, PAUSE_AFTER_FAILURE_SECONDS = 1.0, 2.0, 1.0
NEVER = float("-inf")
_all: list[Nearby] = []


class CannotBeRead(Exception):
    """Postgres does not answer and the copy is too old to be believed."""


class Nearby(Generic[T]):
    """What `load` read from Postgres. One thread reads it again each second; the others go on with what they have."""

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._held: tuple[float, T | None] = (NEVER, None)
        self._failed_at = NEVER
        self._reading = threading.Lock()
        _all.append(self)

    def get(self) -> T:
        """The facts as they were at most two seconds ago. CannotBeRead when nobody can say."""
        read_at, value = self._held
        age = time.monotonic() - read_at
        if age < REFRESH_SECONDS:
            return value  # type: ignore[return-value]
        if age < OLDEST_SECONDS:
            if self._reading.acquire(blocking=False):
                try:
                    self._read()
                except CannotBeRead:
                    return value  # type: ignore[return-value]
                finally:
                    self._reading.release()
            return self._held[1]  # type: ignore[return-value]
        with self._reading:
            if time.monotonic() - self._held[0] >= REFRESH_SECONDS:
                self._read()
            return self._held[1]  # type: ignore[return-value]

    def forget(self) -> None:
        """Read afresh at the next question."""
        self._held, self._failed_at = (NEVER, None), NEVER

    def _read(self) -> None:
        began_at = time.monotonic()
        if began_at - self._failed_at < PAUSE_AFTER_FAILURE_SECONDS:
            raise CannotBeRead
        try:
            value = self._load()
        except Error as error:
            if not connection.in_atomic_block:
                self._failed_at = time.monotonic()
            raise CannotBeRead from error
        self._held = (began_at, value)


def forget_all() -> None:
    for nearby in _all:
        nearby.forget()
