"""`bench ledger`: ratios to the least a transfer can do, taken on the same server at the same time."""

from __future__ import annotations

import functools
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from django.conf import settings

from fanzmoney.trials.ledger_hammer import hammer
from fanzmoney.trials.ledger_yardstick import SLICE_SECONDS, Yardstick, cpu_of, cpu_us
from foundation.benches import Goal, Measure, bench
from foundation.faults import Run
from foundation.ids import uuid7
from foundation.money import Money
from foundation.seal.selectors import lag_seconds
from foundation.seal.services import seal_source
from ledger.services import post_many
from ledger.types import Posting

ledger = bench("ledger")
# What pgledger reached against the same yardstick when the goals were set; the ratio to it is derived from these.
PGLEDGER_RANDOM, PGLEDGER_HOT = 0.22, 0.28
LOADED_TRANSFERS, LOAD_BATCH = 1_000_000, 5_000
SEALING_SECONDS = 20
LOAD = """
SELECT count(*) FROM ledger_post(ARRAY(SELECT uuidv7() FROM generate_series(1, %(n)s)), NULL,
    array_fill('sale'::text, ARRAY[%(n)s]),
    ARRAY(SELECT %(first)s + i %% 1000 FROM generate_series(1, %(n)s) i),
    ARRAY(SELECT %(first)s + (i + %(step)s) %% 1000 FROM generate_series(1, %(n)s) i),
    array_fill(1::bigint, ARRAY[%(n)s]), array_fill('USD'::text, ARRAY[%(n)s]))
"""


@functools.cache
def yardstick() -> Yardstick:
    return Yardstick()


def single() -> Mapping[str, float]:
    """One transfer per call, between random accounts and into one hot account, by eight clients and by one."""
    stick = yardstick()
    a1, ours = stick.run(stick.a1(), clients=8), stick.run(stick.ours(), clients=8)
    a1_alone, ours_alone = stick.run(stick.a1(), clients=1), stick.run(stick.ours(), clients=1)
    a1_hot = stick.run(stick.a1(hot=True), clients=8)
    one_slot, slots = (stick.run(stick.ours(into=into), clients=8) for into in (stick.cold, stick.hot))
    again = stick.run(stick.a1(), clients=8)
    base = (a1.per_second + again.per_second) / 2
    ratio = ours.per_second / base
    return {
        "LF1": ratio,
        "LF1.cpu": 2 * ours.cpu_us / (a1.cpu_us + again.cpu_us),
        "LF2": ours_alone.per_second / a1_alone.per_second,
        "LF3": ratio / PGLEDGER_RANDOM,
        "LF3.hot": one_slot.per_second / a1_hot.per_second / PGLEDGER_HOT,
        "LF3.slots": slots.per_second / a1_hot.per_second / PGLEDGER_HOT,
        "LF4": slots.per_second / ours.per_second,
    }


def batches() -> Mapping[str, float]:
    """A hundred transfers per call, one client."""
    stick = yardstick()
    a1 = stick.run(stick.a1(), clients=1)
    before, began, count = cpu_us(stick.postmaster), time.monotonic(), 0
    while time.monotonic() - began < SLICE_SECONDS:
        post_many(_postings(stick, 100))
        count += 100
    seconds = time.monotonic() - began
    return {"LF5": count / seconds / a1.per_second, "LF5.cpu": (cpu_us(stick.postmaster) - before) / count}


def through_django() -> Mapping[str, float]:
    """The services, in one process and in eight."""
    stick = yardstick()
    alone, eight = (stick.run(stick.a1(), clients=clients).per_second for clients in (1, 8))
    return {"LF6": _posters(1) / alone, "LF6.8p": _posters(8) / eight}


def _posters(count: int) -> float:
    command = [sys.executable, "-m", "fanzmoney.trials.ledger_poster", str(yardstick().first), str(SLICE_SECONDS)]
    posters = [
        subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=settings.BASE_DIR
        )
        for _ in range(count)
    ]
    for poster in posters:
        if not poster.stdout or poster.stdout.readline().strip() != "ready":
            raise RuntimeError("a poster did not get ready")
    for poster in posters:
        if poster.stdin:
            poster.stdin.write("go\n")
            poster.stdin.flush()
    return sum(int(poster.communicate()[0]) for poster in posters) / SLICE_SECONDS


def journals() -> Mapping[str, float]:
    """A thousand legs of one journal, and twice as many."""
    stick = yardstick()
    thousand, two = (
        statistics.median(_milliseconds(functools.partial(_journal, stick, size)) for _ in range(5))
        for size in (1_000, 2_000)
    )
    return {"LF8": thousand, "LF8.growth": two / thousand}


def at_size() -> Mapping[str, float]:
    """Reading balances, and proving all of it, at a million transfers: twice as many entries."""
    stick = yardstick()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as app:
        app.execute("SET statement_timeout = 0")
        for _ in range(_scalar(app, "SELECT count(*) FROM ledger_transfer_key"), LOADED_TRANSFERS, LOAD_BATCH):
            app.execute(LOAD, {"n": LOAD_BATCH, "first": stick.first, "step": random.randint(1, 999)})  # noqa: S311
        with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
            owner.execute("VACUUM ANALYZE")
        first, last = app.execute("SELECT min(recorded_at), max(recorded_at) FROM ledger_transfer_key").fetchone() or ()
        account = functools.partial(random.choice, stick.people)

        def moment() -> Any:
            return first + (last - first) * random.random()  # noqa: S311

        figures = {
            "LF7": _reading(app, "SELECT posted FROM ledger_balance WHERE account_id = %s AND slot = 0", account),
            "LF7.version": _reading(app, "SELECT ledger_posted_at_version(%s, 0::smallint, %s)", account, _version),
            "LF7.time": _reading(app, "SELECT ledger_posted_at(%s, %s)", account, moment),
            "LF7.effective": _reading(app, "SELECT ledger_posted_effective(%s, %s)", account, moment),
        }
    return figures | {"verify.1m": _verify()}


def _version() -> int:
    return random.randint(1, 1_000)  # noqa: S311


def _reading(app: psycopg.Connection, sql: str, *makers: Callable[[], Any]) -> float:
    """The median of many questions, in milliseconds, as the client sees them."""
    values = [[make() for make in makers] for _ in range(600)]

    def ask(row: list[Any]) -> None:
        app.execute(sql.encode(), row, prepare=True).fetchone()

    taken = [_milliseconds(functools.partial(ask, row)) for row in values]
    return statistics.median(taken[100:])


def _verify() -> float:
    seal_source("ledger")
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "ledger_verify", "--json"]
    began = time.monotonic()
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"the books are not sound: {(done.stdout + done.stderr)[-1000:]}")
    return time.monotonic() - began


def sealing() -> Mapping[str, float]:
    """How far the sealer falls behind under full load, and what it and its session cost beside it."""
    stick = yardstick()
    seal_source("ledger")
    sealer = subprocess.Popen(
        [sys.executable, "-m", "fanzmoney.trials.sealer"], cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True
    )
    try:
        session = int(sealer.stdout.readline()) if sealer.stdout else 0
        with ThreadPoolExecutor(1) as pool:
            before = cpu_of(sealer.pid) + cpu_of(session), cpu_us(stick.postmaster)
            load = pool.submit(stick.run, stick.ours(), clients=8, seconds=SEALING_SECONDS)
            lags = [0.0]
            while not load.done():
                lags.append(lag_seconds("ledger"))
                time.sleep(0.5)
            spent, served = cpu_of(sealer.pid) + cpu_of(session) - before[0], cpu_us(stick.postmaster) - before[1]
    finally:
        sealer.kill()
        sealer.wait()
    return {"LF10": max(lags), "LF10.cpu": 100 * spent / (spent + served)}


def jack_hammer() -> Mapping[str, float]:
    """Kills of workers and a crash of the server for a minute; promises broken and deadlocks."""
    run = Run(minutes=1)
    done = hammer(run)
    if run.violations:
        sys.stderr.write("\n".join(run.violations) + "\n")
    return {"LF9": len(run.violations), "LF9.deadlocks": done["deadlocks"]}


def _postings(stick: Yardstick, count: int) -> list[Posting]:
    pairs = (random.sample(stick.people, 2) for _ in range(count))
    return [Posting(uuid7(), debit, credit, Money(1, "USD"), "sale") for debit, credit in pairs]


def _journal(stick: Yardstick, legs: int) -> None:
    journal, source = uuid7(), stick.cold
    post_many([Posting(uuid7(), source, stick.people[n % 1_000], Money(1, "USD"), "leg", journal) for n in range(legs)])


def _milliseconds(function: Callable[[], Any]) -> float:
    began = time.perf_counter()
    function()
    return (time.perf_counter() - began) * 1000


def _scalar(connection: psycopg.Connection, sql: str) -> int:
    row = connection.execute(sql.encode()).fetchone()
    return int(row[0]) if row else 0


ledger.add(
    "single",
    Measure(
        single,
        (
            Goal("LF1", "Single transfer, 8 clients, share of the yardstick's rate", "x", 0.60, "at least"),
            Goal("LF1.cpu", "Single transfer, 8 clients, the server's processors against the yardstick's", "x", 1.9),
            Goal("LF2", "Single transfer, 1 client, share of the yardstick's rate", "x", 0.55, "at least"),
            Goal(
                "LF3",
                "Against pgledger, random accounts (derived from its 0.22 of the yardstick)",
                "x",
                2.5,
                "at least",
            ),
            Goal("LF3.hot", "Against pgledger, one hot account, 1 slot (derived from its 0.28)", "x", 2.0, "at least"),
            Goal(
                "LF3.slots", "Against pgledger, one hot account, 16 slots (derived from its 0.28)", "x", 5.0, "at least"
            ),
            Goal(
                "LF4", "One hot account with 16 slots, share of our own rate on random accounts", "x", 0.75, "at least"
            ),
        ),
        runs=5,
    ),
)
ledger.add(
    "batches",
    Measure(
        batches,
        (
            Goal("LF5", "Batches of 100, 1 client, against the yardstick's single transfers", "x", 3.0, "at least"),
            Goal("LF5.cpu", "Batches of 100, the server's processors per transfer", "us", 45.0),
        ),
    ),
)
ledger.add(
    "django",
    Measure(
        through_django,
        (
            Goal("LF6", "Through Django, 1 process, share of the yardstick's rate", "x", 0.40, "at least"),
            Goal("LF6.8p", "Through Django, 8 processes, share of the yardstick's rate", "x", 0.30, "at least"),
        ),
    ),
)
ledger.add(
    "journals",
    Measure(
        journals,
        (
            Goal("LF8", "Journal of 1,000 legs", "ms", 60.0),
            Goal("LF8.growth", "Journal of 2,000 legs against one of 1,000", "x", 2.5),
        ),
    ),
)
ledger.add(
    "size",
    Measure(
        at_size,
        (
            Goal("LF7", "Balance now, 2 M entries", "ms", 0.2),
            Goal("LF7.version", "Balance at a version, 2 M entries", "ms", 0.2),
            Goal("LF7.time", "Balance at a time, 2 M entries", "ms", 0.2),
            Goal("LF7.effective", "Balance by effective time, 2 M entries", "ms", 0.5),
            Goal("verify.1m", "ledger_verify of 1 M transfers", "s", 60.0),
        ),
        runs=1,
    ),
)
ledger.add(
    "sealing",
    Measure(
        sealing,
        (
            Goal("LF10", "Oldest unsealed row under full load", "s", 5.0),
            Goal("LF10.cpu", "The sealer's processors, of all that posting took", "%", 2.0),
        ),
        runs=1,
    ),
)
ledger.add(
    "jack_hammer",
    Measure(
        jack_hammer,
        (
            Goal("LF9", "Promises broken in a minute of kills and a crash", "", 0, "exactly"),
            Goal("LF9.deadlocks", "Deadlocks meanwhile", "", 0, "exactly"),
        ),
        runs=1,
    ),
)
