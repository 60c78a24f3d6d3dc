"""Bells that ring and a group that writes down each ring: what the trials of the event engine are made of."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from foundation.actors import system
from foundation.audit.models import AuditRecord
from foundation.audit.services import record
from foundation.events import Event, News, on, publish, publish_all
from foundation.identity.models import Party

GROUP = "bell_trial"
LISTENER = system(GROUP)
HEARD = "bell.heard"


@dataclass(frozen=True)
class BellRang(Event, type="trial.bell_rang"):
    number: int
    rung_at: float
    is_poison: bool = False


class Poison(Exception):
    """What the listener says to poisoned news."""


def write_down(news: News) -> None:
    """The effect: one audit record per ring, in the transaction of the inbox."""
    if news.payload["is_poison"]:
        raise Poison(f"ring {news.payload['number']}")
    late = time.time() - news.payload["rung_at"]
    record(HEARD, by=LISTENER, subject=news.aggregate, sequence=news.sequence, late=f"{late:.6f}")


def listen() -> None:
    on(BellRang.type, group=GROUP)(write_down)


def bells(count: int) -> list[Party]:
    return Party.objects.bulk_create(Party() for _ in range(count))


def ring(bell: Party, number: int = 0, *, is_poison: bool = False) -> int:
    with transaction.atomic():
        return publish(BellRang(number, time.time(), is_poison), key=bell)


def ring_all(ringing: list[Party], count: int) -> None:
    """Ring this many times in all, the bells in turn, each round in one transaction."""
    for start in range(0, count, len(ringing)):
        with transaction.atomic():
            publish_all({bell: BellRang(start, time.time()) for bell in ringing[: count - start]})


_VERDICT = """
WITH rung AS (SELECT aggregate_id, sequence FROM outbox WHERE type = %s AND aggregate_id = ANY(%s)),
heard AS (
    SELECT subject_id, (facts ->> 'sequence')::bigint AS sequence,
           lag((facts ->> 'sequence')::bigint, 1, 0::bigint) OVER (PARTITION BY subject_id ORDER BY id) AS before
    FROM audit_record WHERE action = %s AND subject_id = ANY(%s)
)
SELECT (SELECT count(*) FROM rung), (SELECT count(*) FROM heard),
       (SELECT count(*) FROM (SELECT DISTINCT subject_id, sequence FROM heard) AS once),
       (SELECT count(*) FROM heard WHERE sequence <> before + 1)
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the rings."""

    rung: int
    heard: int
    distinct: int
    out_of_order: int

    @property
    def doubled(self) -> int:
        return self.heard - self.distinct


def verdict(ringing: list[Party]) -> Verdict:
    names = [str(bell.pk) for bell in ringing]
    with connection.cursor() as cursor:
        cursor.execute(_VERDICT, [BellRang.type, names, HEARD, names])
        return Verdict(*cursor.fetchone())


_HEARD_SO_FAR = """
SELECT coalesce(sum(sequence), 0) FROM inbox_cursor
WHERE "group" = %s AND aggregate_type = 'identity.party' AND aggregate_id = ANY(%s)
"""


def wait_until_heard(ringing: list[Party], count: int, *, seconds: float) -> None:
    """Wait until that many rings were heard; TimeoutError when they are not."""
    deadline, names = time.monotonic() + seconds, [str(bell.pk) for bell in ringing]
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(_HEARD_SO_FAR, [GROUP, names])
            if cursor.fetchone()[0] >= count:
                return
        time.sleep(0.1)
    raise TimeoutError(f"{count} rings were not heard within {seconds} s")


def delays(ringing: list[Party]) -> list[float]:
    """Seconds from telling to hearing, in the order of hearing."""
    found = AuditRecord.objects.filter(action=HEARD, subject_id__in=[str(bell.pk) for bell in ringing])
    return [float(late) for late in found.order_by("id").values_list("facts__late", flat=True)]


@contextmanager
def runner(**environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A runner in a process of its own that listens to the bells."""
    process = subprocess.Popen([sys.executable, "-m", "fanzmoney.demo.news_runner"], env={**os.environ, **environment})
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
