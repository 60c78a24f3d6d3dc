"""News of tests, and a group that writes down what it hears: one audit record per piece of news, in its transaction."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass

from django.db import transaction

from foundation.actors import system
from foundation.audit.models import AuditRecord
from foundation.audit.services import record
from foundation.events import Event, News, listening, publish
from foundation.identity.models import Party
from foundation.inbox.models import Letter
from foundation.inbox.selectors import unaccounted

GROUP, OTHER = "hearers", "others"
HEARER = system("hearer")


@dataclass(frozen=True)
class BellRang(Event, type="test.bell_rang"):
    number: int
    poison: bool = False


@dataclass(frozen=True)
class BellPolished(Event, type="test.bell_polished"):
    number: int


def write_down(news: News) -> None:
    if news.payload["poison"]:
        raise ValueError(f"poison {news.payload['number']}\nDETAIL: a name")
    record("test.heard", by=HEARER, subject=news.aggregate, event=news.id, sequence=news.sequence)


HEARERS = {GROUP: {BellRang.type: [write_down]}}


def only_hearers(monkeypatch) -> None:
    monkeypatch.setattr(listening, "_groups", HEARERS)


def bells(count: int) -> list[Party]:
    return Party.objects.bulk_create(Party() for _ in range(count))


def ring(bell: Party, number: int = 0, *, poison: bool = False) -> int:
    with transaction.atomic():
        return publish(BellRang(number, poison), key=bell)


def polish(bell: Party, number: int = 0) -> int:
    with transaction.atomic():
        return publish(BellPolished(number), key=bell)


def heard() -> dict[str, list[int]]:
    """The numbers each bell was heard with, in the order of hearing."""
    found: dict[str, list[int]] = {}
    records = AuditRecord.objects.filter(action="test.heard").order_by("id")
    for bell, sequence in records.values_list("subject_id", "facts__sequence"):
        found.setdefault(bell, []).append(sequence)
    return found


def count_heard() -> int:
    return AuditRecord.objects.filter(action="test.heard").count()


def letters() -> list[Letter]:
    return list(Letter.objects.order_by("id"))


def assert_all_heard_once_in_order(group: str = GROUP) -> None:
    for bell, sequences in heard().items():
        assert sequences == sorted(set(sequences)), bell
    assert unaccounted(group) == []


def drain(*wheels) -> None:
    """Turn these until none finds anything."""
    is_more = True
    while is_more:
        is_more = False
        for wheel in wheels:
            is_more |= wheel.turn()


@contextlib.contextmanager
def closing(*wheels):
    try:
        yield wheels[0] if len(wheels) == 1 else wheels
    finally:
        for wheel in wheels:
            wheel.close()


def until(is_so, *, seconds: float = 60) -> None:
    """Wait for something another process does."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
