"""Small books for the stories: people's wallets with a floor, the outside world without one, a hot house account."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection, connections

from foundation.ids import uuid7
from foundation.money import Money
from foundation.seal.models import SealBlock
from foundation.seal.services import seal_once
from ledger.services import open_account, post
from ledger.types import AccountKey, Posting

KINDS = """
INSERT INTO ledger_kind (kind, purpose, normal_side, floor, is_house, slots, meaning) VALUES
    ('story', 'wallet', 'credit', 0, false, 1, 'A person''s money; never below zero.'),
    ('story', 'world', 'debit', NULL, true, 1, 'Where money comes from and goes to.'),
    ('story', 'fees', 'credit', NULL, true, 16, 'Everyone pays into it.'),
    ('story', 'reserve', 'credit', 0, true, 1, 'The house''s own, never below zero.')
ON CONFLICT DO NOTHING
"""


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def world(currency: str = "USD") -> int:
    return open_account(AccountKey("story", "world", currency))


def fees() -> int:
    return open_account(AccountKey("story", "fees", "USD"))


def wallet(funds: int = 0, *, currency: str = "USD", party: UUID | None = None) -> int:
    """A person's account with this much in it."""
    account = open_account(AccountKey("story", "wallet", currency, party_id=party or uuid7()))
    if funds:
        post(Posting(uuid7(), world(currency), account, Money(funds, currency), "top_up"))
    return account


def pay(debit: int, credit: int, minor: int, **more: Any) -> Posting:
    return Posting(more.pop("id", None) or uuid7(), debit, credit, usd(minor), more.pop("kind", "sale"), **more)


def rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall()


def as_owner() -> psycopg.Connection:
    return psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True)


def as_app() -> psycopg.Connection:
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


@contextmanager
def _letting_go(start: threading.Barrier) -> Iterator[None]:
    """Nobody waits, with a connection in hand, for one who got none."""
    try:
        yield
    except Exception:
        start.abort()
        raise


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run each call in a thread and on a connection of its own, all started together; refusals are answers."""
    answers: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(index: int, function: Callable[[], Any]) -> None:
        try:
            with _letting_go(start):
                connection.ensure_connection()
            start.wait()
            answers[index] = function()
        except Exception as error:  # noqa: BLE001  the story looks at it
            answers[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index, function)) for index, function in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


def wait_until_blocked(waiting: psycopg.Connection, seconds: float = 10) -> None:
    """Return when this connection waits for another's lock; fail when it never does."""
    ends = time.monotonic() + seconds
    with as_app() as watcher:
        while time.monotonic() < ends:
            row = watcher.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [waiting.info.backend_pid]).fetchone()
            if row and row[0]:
                return
            time.sleep(0.01)
    raise AssertionError("it did not wait")


class Meeting:
    """Two transactions: the first has done its work and not committed when the second begins its own."""

    def __init__(self, first: str, second: str, first_values: tuple[Any, ...], second_values: tuple[Any, ...]) -> None:
        self.sql, self.values = (first, second), (first_values, second_values)

    def play(self) -> tuple[Any, Any]:
        """What each of them got: a row, or the refusal's code."""
        with as_app() as one, as_app() as two:
            one.autocommit = False
            mine = self._do(one, 0)
            theirs: list[Any] = []
            thread = threading.Thread(target=lambda: theirs.append(self._do(two, 1)))
            thread.start()
            wait_until_blocked(two)
            one.commit()
            thread.join(20)
            return mine, theirs[0]

    def _do(self, connection: psycopg.Connection, index: int) -> Any:
        try:
            return connection.execute(self.sql[index].encode(), self.values[index]).fetchone()
        except psycopg.Error as error:
            return error.sqlstate


def seal_everything(seconds: float = 120) -> None:
    """Seal until no row waits; transactions of other tests on the same server may hold it up."""
    ends = time.monotonic() + seconds
    while (
        sum(block.count for block in SealBlock.objects.filter(source="ledger"))
        < rows("SELECT count(*) FROM ledger_row")[0][0]
    ):
        assert time.monotonic() < ends, "rows stay unsealed"
        seal_once()
        time.sleep(0.02)
