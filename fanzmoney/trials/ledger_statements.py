"""`bench ledger_statements`: what the questions about one account cost at 1, 10 and 100 times its movements."""

from __future__ import annotations

import functools
import os
import statistics
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from fanzmoney.trials.ledger_yardstick import BOOKS
from foundation.benches import Goal, Measure, bench
from ledger.selectors import get_statement, list_statement, list_statement_parts
from ledger.services import add_up_turnover
from ledger.types import Time

SIZES = {"90k": 90_000, "900k": 900_000, "9m": 9_000_000}
BATCH = 90_000
DAYS = 1_000
# Laid straight into the tables by their owner, as posting would have left them: nine of ten are backdated over some
# years, as an import does it; five of six come in, the sixth goes out.
LOAD = """
WITH made AS MATERIALIZED (
    SELECT uuidv7() AS id, b.version + i AS version, clock_timestamp() AS at, 1 + i % 7 AS amount, i % 6 = 0 AS is_out,
        b.posted + sum(CASE WHEN i % 6 = 0 THEN -1 ELSE 1 END * (1 + i % 7)) OVER (ORDER BY i) AS after,
        CASE WHEN i % 10 > 0
            THEN now() - {days} * ((b.version + i) * 0.618034 % 1)::float * interval '1 day' END AS effective
    FROM generate_series(1, {batch}) AS i, ledger_balance b WHERE b.account_id = {account} AND b.slot = 0
), written AS (
    INSERT INTO ledger_transfer (id, journal_id, recorded_at, effective_at, amount, debit_account, debit_version,
        debit_after, credit_account, credit_version, credit_after, debit_slot, credit_slot, currency, kind)
    SELECT id, id, at, coalesce(effective, at), amount,
        CASE WHEN is_out THEN {account} ELSE {other} END, version, CASE WHEN is_out THEN after ELSE -after END,
        CASE WHEN is_out THEN {other} ELSE {account} END, version, CASE WHEN is_out THEN -after ELSE after END,
        0, 0, 'USD', 'import'
    FROM made ORDER BY version
    RETURNING id, debit_account, credit_account, debit_version, recorded_at, effective_at, amount
), keyed AS (
    INSERT INTO ledger_transfer_key SELECT id, debit_account, 0, debit_version, recorded_at FROM written
), redated AS (
    INSERT INTO ledger_redated
    SELECT account, effective_at, id, recorded_at, signed FROM written,
        LATERAL (VALUES (debit_account, -amount), (credit_account, amount)) AS leg (account, signed)
    WHERE effective_at <> recorded_at
)
UPDATE ledger_balance b SET version = last.version,
    posted = CASE WHEN account_id = {account} THEN last.after ELSE -last.after END
FROM (SELECT version, after FROM made ORDER BY version DESC LIMIT 1) AS last
WHERE b.slot = 0 AND account_id IN ({account}, {other})
"""
OPEN = "SELECT ledger_open_account('bench', 'cold', 'USD', NULL, NULL, %s)"
COUNT = "SELECT version FROM ledger_balance WHERE account_id = %s AND slot = 0"

statements = bench("ledger_statements")


@functools.cache
def accounts() -> tuple[int, int]:
    """The account that is asked about, and where its money comes from."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute(BOOKS.encode())
        opened = [owner.execute(OPEN, [source]).fetchone() for source in ("asked", "other")]
    return int(opened[0][0]), int(opened[1][0])  # type: ignore[index]


def at(size: str) -> Mapping[str, float]:
    """Load up to this many movements of one account, then ask for every kind of answer about it."""
    account, other = accounts()
    load = LOAD.format(account=account, other=other, batch=BATCH, days=DAYS).encode()
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("SET statement_timeout = 0")
        owner.execute("SET synchronous_commit = off")
        while int((owner.execute(COUNT, [account]).fetchone() or (0,))[0]) < SIZES[size]:
            owner.execute(load)
        owner.execute("VACUUM ANALYZE")
    began = time.perf_counter()
    add_up_turnover(account)
    added = (time.perf_counter() - began) * 1000
    return {f"{name}.{size}": value for name, value in {"adding": added, **_answers(account)}.items()}


def _answers(account: int) -> dict[str, float]:
    until = datetime.now(UTC) + timedelta(seconds=1)
    since = until - timedelta(days=DAYS // 2)
    middle = list_statement(account, since, until, limit=50).next
    return {
        "first": _milliseconds(lambda: list_statement(account, since, until)),
        "page": _milliseconds(lambda: list_statement(account, since, until, cursor=middle)),
        "recorded": _milliseconds(lambda: list_statement(account, since, until, time=Time.RECORDED)),
        "sums": _milliseconds(lambda: get_statement(account, since, until)),
        "days": _milliseconds(lambda: list_statement_parts(account, since, until)),
    }


def _milliseconds(ask: Callable[[], Any]) -> float:
    taken = []
    for _ in range(4):
        began = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken[1:])


WHAT = {
    "adding": ("Adding up its movements for the first time", 60_000),
    "first": ("First page of half the account's time, with its opening balance", 50),
    "page": ("Page by effective time, with a cursor", 50),
    "recorded": ("First page as recorded", 50),
    "sums": ("Sums of half the account's time", 200),
    "days": ("The same day by day", 200),
}
for name in SIZES:
    goals = tuple(
        Goal(f"{key}.{name}", f"{what}, {SIZES[name]:,} movements", "ms", goal) for key, (what, goal) in WHAT.items()
    )
    statements.add(name, Measure(functools.partial(at, name), goals, runs=1))
