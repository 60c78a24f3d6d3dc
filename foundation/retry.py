"""Doors repeat a whole transaction that the database aborted; nothing inside a transaction repeats itself."""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection

from foundation.watch import RETRIES

P = ParamSpec("P")
T = TypeVar("T")

SERIALIZATION_FAILURE, DEADLOCK = "40001", "40P01"
LOST_CONNECTION = frozenset({"08000", "08003", "08006", "57P01", "57P02", "57P03"})


def is_worth_repeating(error: BaseException) -> bool:
    state = getattr(error.__cause__, "sqlstate", None)
    if state is None:
        return isinstance(error, (InterfaceError, OperationalError))  # no answer at all: the connection is gone
    return state in {SERIALIZATION_FAILURE, DEADLOCK} or state in LOST_CONNECTION


def is_inside_a_test_alone() -> bool:
    """Whether the only open transaction is the one a test rolls back; Django's durable blocks look at the same mark."""
    return all(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


def let_connection_go() -> None:
    """Give the connection back before waiting for somebody outside, so that a slow provider holds none."""
    if not connection.in_atomic_block:
        connection.close()


def retrying(function: Callable[P, T] | None = None, *, tries: int = 5):  # type: ignore[no-untyped-def]
    """Run a transaction that makes no outside call again when the database asks for it."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            if connection.in_atomic_block and not is_inside_a_test_alone():
                raise RuntimeError(f"{function.__qualname__} repeats whole transactions and was called inside one")
            for attempt in range(1, tries + 1):
                try:
                    return function(*args, **kwargs)
                except (OperationalError, InterfaceError) as error:
                    if attempt == tries or not is_worth_repeating(error):
                        raise
                    RETRIES.labels(getattr(error.__cause__, "sqlstate", None) or "connection").inc()
                    connection.close_if_unusable_or_obsolete()
                    time.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311
            raise AssertionError("unreachable")

        return run

    return decorate(function) if function else decorate
