"""What the event engine can take: how fast news arrive, and that a flush, poison and kills cost nothing but time."""

from __future__ import annotations

import signal
import statistics
import time
from dataclasses import asdict

import redis
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from fanzmoney.demo import news
from foundation.faults import Battery, Run, batteries
from foundation.inbox.models import Letter

POINTS = (
    "relay.before_places_commit",
    "relay.after_places_commit",
    "relay.after_append",
    "consumer.before_commit",
    "consumer.after_commit",
)
BELLS = 1000
PATIENCE_SECONDS = 60.0


def flush_redis() -> None:
    """Empty the whole of Redis; refused where it is not this trial's own."""
    if not settings.IS_TEST:
        raise ImproperlyConfigured("Redis is flushed on private servers only")
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushall()


def measure_outbox_latency(rate: int = 200, seconds: float = 10) -> dict[str, float]:
    """Milliseconds from telling to hearing, at this many single news per second."""
    ringing = news.bells(50)
    with news.runner():
        news.ring(ringing[0])
        news.wait_until_heard(ringing, 1, seconds=PATIENCE_SECONDS)
        began, count = time.monotonic(), int(rate * seconds)
        for number in range(count):
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
            news.ring(ringing[number % len(ringing)], number)
        took = time.monotonic() - began
        news.wait_until_heard(ringing, count + 1, seconds=PATIENCE_SECONDS)
    late = sorted(1000 * seconds for seconds in news.delays(ringing)[1:])
    cuts = statistics.quantiles(late, n=100)
    return {
        "events": len(late),
        "rate_per_second": round(count / took, 1),
        "p50_ms": round(cuts[49], 1),
        "p95_ms": round(cuts[94], 1),
        "p99_ms": round(cuts[98], 1),
        "max_ms": round(late[-1], 1),
    }


def measure_flush(count: int = 100_000) -> dict[str, float]:
    """Tell this many news, empty Redis in the middle of hearing them, and count what was heard how often."""
    ringing = news.bells(min(BELLS, count))
    began = time.monotonic()
    with news.runner():
        news.ring_all(ringing, count // 2)
        news.wait_until_heard(ringing, count // 4, seconds=PATIENCE_SECONDS + count / 100)
        flush_redis()
        news.ring_all(ringing, count - count // 2)
        news.wait_until_heard(ringing, count, seconds=PATIENCE_SECONDS + count / 100)
    seconds = time.monotonic() - began
    found = news.verdict(ringing)
    return {
        "events": found.rung,
        "seconds": round(seconds, 1),
        "events_per_second": round(found.rung / seconds, 1),
        "lost": found.rung - found.distinct,
        "doubled": found.doubled,
        "out_of_order": found.out_of_order,
    }


def measure_poison(count: int = 10_000) -> dict[str, float]:
    """One poisoned piece of news among many: how soon all others are heard, and the poison is parked."""
    bad, *good = news.bells(min(BELLS, count))
    began = time.monotonic()
    with news.runner():
        news.ring(bad, is_poison=True)
        news.ring_all(good, count - 1)
        news.ring(bad)
        news.wait_until_heard(good, count - 1, seconds=PATIENCE_SECONDS + count / 100)
        others = time.monotonic() - began
        while not Letter.objects.filter(aggregate_id=str(bad.pk), state="parked").exists():
            if time.monotonic() - began > PATIENCE_SECONDS + others:
                raise TimeoutError("the poison was not parked")
            time.sleep(0.1)
        parked = time.monotonic() - began
    letter = Letter.objects.get(aggregate_id=str(bad.pk))
    found = news.verdict(good)
    return {
        "events": found.rung + 1,
        "others_seconds": round(others, 1),
        "parked_seconds": round(parked, 1),
        "tries": letter.tries,
        "lost": found.rung - found.distinct,
        "doubled": found.doubled,
        "out_of_order": found.out_of_order,
        "heard_past_the_poison": news.verdict([bad]).heard,
    }


def kill_runners(points: tuple[str, ...], *, bells: int = 20) -> news.Verdict:
    """Let a runner die by SIGKILL at each point, one after the other; then one that lives finishes the work."""
    ringing = news.bells(bells)
    for point in points:
        news.ring_all(ringing, bells * 5)
        with news.runner(CRASH_POINTS=point) as process:
            if process.wait(timeout=PATIENCE_SECONDS) != -signal.SIGKILL:
                raise RuntimeError(f"the runner was not killed at {point}")
    news.ring_all(ringing, bells * 5)
    with news.runner():
        news.wait_until_heard(ringing, bells * 5 * (len(points) + 1), seconds=PATIENCE_SECONDS)
    return news.verdict(ringing)


# Batteries


def _judge(run: Run, found: dict[str, float]) -> None:
    for wrong in ("lost", "doubled", "out_of_order"):
        if found[wrong]:
            run.violated(f"{found[wrong]} {wrong} of {found.get('events', found.get('rung'))}")


def attack_with_flushes(run: Run) -> None:
    for _ in run:
        _judge(run, measure_flush(run.random.choice((500, 2_000, 5_000))))


def attack_with_poison(run: Run) -> None:
    for _ in run:
        found = measure_poison(10_000)
        _judge(run, found)
        if found["tries"] != 5 or found["heard_past_the_poison"] or found["others_seconds"] > PATIENCE_SECONDS:
            run.violated(f"poison: {found}")


def attack_with_kills(run: Run) -> None:
    for _ in run:
        found = kill_runners(tuple(run.random.choices(POINTS, k=3)))
        _judge(run, {**asdict(found), "lost": found.rung - found.distinct, "doubled": found.doubled})


batteries.add("news_flush", Battery("A flush of Redis costs no news anything but time (XP4)", attack_with_flushes))
batteries.add("news_poison", Battery("One poisoned piece among 10,000 stops nothing else (XP10)", attack_with_poison))
batteries.add("news_kill", Battery("Runners killed at any line lose and double nothing (XP1)", attack_with_kills))
