"""What is done to the servers while platforms write."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random

import psycopg
import redis
from django.conf import settings

from fanzmoney.trials.outages.ground import Ground
from fanzmoney.trials.outages.judging import judge
from fanzmoney.trials.outages.traffic import Traffic, Wish, purchase
from fanzmoney.trials.running_house import RunningHouse, running_house
from foundation import clock
from foundation.actors import system
from foundation.faults import Run
from foundation.identity.models import Membership
from foundation.restrictions.services import place_restriction
from foundation.restrictions.types import Kind

SUSPENDED = "bench-creator9"
BACK_SECONDS = 10.0
"""After a server is back, the API serves again within so many seconds."""
WITHOUT_REDIS = 30.0
"""So long a write may take to be granted while Redis is away."""


@contextmanager
def under_load(run: Run) -> Iterator[tuple[RunningHouse, Traffic]]:
    """A house whose platforms write all the time, and which is judged at the end."""
    with running_house() as house:
        traffic = Traffic([house.port], house.bearers, seed=run.seed)
        traffic.begin()
        if traffic.wait_for_promise(0, 120) is None:
            traffic.end()
            raise RuntimeError(f"nothing was granted before anything happened: {dict(traffic.answers)}")
        try:
            yield house, traffic
        finally:
            traffic.end()
        judge(run, traffic, house.sandbox)


def kill_postgres(run: Run, here: Ground) -> None:
    """Killed like by the kernel, and back after a moment: what was granted stays, and the API finds it again."""
    with under_load(run) as (_, traffic):
        for _ in run:
            time.sleep(run.random.uniform(0.5, 2))
            here.kill_postgres()
            time.sleep(run.random.uniform(0, 2))
            here.start_postgres()
            is_back(run, traffic)


def lose_redis(run: Run, here: Ground) -> None:
    """Emptied, frozen, killed and back empty: writes are granted meanwhile, and who may not sell sells nothing."""
    with under_load(run) as (_, traffic):
        _suspend()
        ways = (_flush, _freeze, _restart)
        for trial in run:
            ways[(trial - 1) % len(ways)](run, here, traffic)
            wish = Wish("boyfanz", "/api/v1/payments", purchase(Random(trial), creator=SUSPENDED))  # noqa: S311
            status, answer, _ = traffic.ask(wish)
            if answer.get("state") == "CAPTURED":
                run.violated(f"a suspended creator sold something: {status} {answer}")
            is_back(run, traffic)


def _flush(run: Run, here: Ground, traffic: Traffic) -> None:
    redis.Redis.from_url(settings.REDIS_URL).flushall()


def _freeze(run: Run, here: Ground, traffic: Traffic) -> None:
    here.freeze_valkey()
    try:
        _stands_without_redis(run, traffic, "frozen")
    finally:
        here.thaw_valkey()


def _restart(run: Run, here: Ground, traffic: Traffic) -> None:
    here.kill_valkey()
    try:
        _stands_without_redis(run, traffic, "gone")
    finally:
        here.start_valkey()


def _stands_without_redis(run: Run, traffic: Traffic, how: str) -> None:
    if traffic.wait_for_promise(time.monotonic(), WITHOUT_REDIS, count=3) is None:
        run.violated(f"with Redis {how} nothing was granted in {WITHOUT_REDIS:g} s: {dict(traffic.answers)}")


def _suspend() -> None:
    member = Membership.objects.get(platform__slug="boyfanz", external_id=SUSPENDED)
    now = clock.now()
    place_restriction(
        party_id=member.party_id, kind=Kind.SUSPENDED, source="trial", reason="A trial.", by=system("trials"), at=now,
        active_until=now + timedelta(days=1),
    )  # fmt: skip


def storm_sessions(run: Run, here: Ground) -> None:
    """Sessions are ended by the dozen, one holds what all need, more ask than there is room for: told to come back."""
    with under_load(run) as (_, traffic):
        for trial in run:
            if trial % 2:
                _end_sessions(run, here)
            else:
                _hold_what_all_need(run, here, traffic)
            is_back(run, traffic)
        _leaks(run, here)


def _end_sessions(run: Run, here: Ground) -> None:
    ends = time.monotonic() + 2
    with psycopg.connect(here.postgres.urls()["DATABASE_URL"], autocommit=True) as admin:
        while time.monotonic() < ends:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user"
                " AND pid <> pg_backend_pid() ORDER BY random() LIMIT 2"
            )
            time.sleep(0.05)


def _hold_what_all_need(run: Run, here: Ground, traffic: Traffic) -> None:
    """Somebody went for coffee inside a transaction while forty platforms buy."""
    answers: list[int] = []

    def buy(number: int) -> None:
        wish = Wish("boyfanz", "/api/v1/payments", purchase(Random(f"{run.trials}:{number}")))  # noqa: S311
        status, answer, headers = traffic.ask(wish)
        answers.append(status)
        if status >= 500 and (status != 503 or not headers.get("Retry-After")):
            run.violated(f"with no room left it is answered {status} {json.dumps(answer)[:200]}")

    with psycopg.connect(here.postgres.urls()["DATABASE_OWNER_URL"]) as holder:
        holder.execute("LOCK TABLE payment IN ACCESS EXCLUSIVE MODE")
        crowd = [threading.Thread(target=buy, args=(number,), daemon=True) for number in range(40)]
        for one in crowd:
            one.start()
        time.sleep(run.random.uniform(2, 6))
        holder.rollback()
    for one in crowd:
        one.join(60)
    if len(answers) < len(crowd):
        run.violated(f"{len(crowd) - len(answers)} of {len(crowd)} callers never got an answer")


def _leaks(run: Run, here: Ground) -> None:
    """Nobody holds a transaction open that nobody works in."""
    with psycopg.connect(here.postgres.urls()["DATABASE_URL"], autocommit=True) as looking:
        deadline = time.monotonic() + 40
        while True:
            row = looking.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE usename = current_user"
                " AND state LIKE 'idle in transaction%' AND state_change < now() - interval '2 seconds'"
            ).fetchone()
            if row == (0,):
                return
            if time.monotonic() > deadline:
                run.violated(f"{row} sessions are idle in a transaction")
                return
            time.sleep(1)


def is_back(run: Run, traffic: Traffic) -> None:
    took = traffic.wait_for_promise(time.monotonic(), 4 * BACK_SECONDS)
    if took is None or took > BACK_SECONDS:
        run.violated(f"nothing was granted for {took or 4 * BACK_SECONDS:.1f} s afterwards: {dict(traffic.answers)}")
