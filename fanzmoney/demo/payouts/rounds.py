"""The story of payouts in chapters: what stands before anybody looks, and what is told while the house runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from fanzmoney.demo.history.memory import remind
from fanzmoney.demo.payouts.answers import answer
from fanzmoney.demo.payouts.creators import Creator, creators, introduce, without_ways
from fanzmoney.demo.payouts.desk import work
from fanzmoney.demo.payouts.large import ask_for_much
from fanzmoney.demo.payouts.money import change_into_coins, score_everybody, settle
from fanzmoney.demo.payouts.past import write_past
from fanzmoney.demo.payouts.treasury import bring_cash
from fanzmoney.demo.payouts.wishes import past_wishes, soon_due
from fanzmoney.demo.people import DEMO
from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.audit.services import record
from foundation.identity.models import Party
from foundation.retry import retrying

TOLD = "demo.payouts_told"
AT_ONCE, BEFORE_READY = 4, 2
WEEK, BEGUN, DESK, LARGE = "this week", ("begin", "all"), ("the desk", "all"), ("a large one", "all")
# When so many days of the past are written, what was earned in them settles, and more of the past is told.
CHAPTERS: tuple[tuple[int, str, tuple[int, int], int], ...] = (
    (20, "last weeks", (8, 20), 2),
    (45, "last month", (20, 44), 2),
    (88, "last quarter", (45, 84), 2),
)
MOST_LOVED = 6
"""Creators of a platform of whom the older chapters tell."""


def begin(*, at: datetime) -> None:
    """What stands before anybody looks: earnings settled, the best known creators introduced and paid."""
    first = list(without_ways(creators()[:BEFORE_READY]))
    if first:
        settle(back=0, at=at)
        score_everybody(at)
        bring_cash(BEGUN[0])
    for one in first:
        introduce_and_pay(one)
    if not has_begun():
        _note(*BEGUN)


def has_begun() -> bool:
    """Whether the seed is done; nothing is told beside it."""
    return _is_told(*BEGUN)


def tell_more(*, days_written: int, at: datetime) -> dict[str, Any]:
    """The next piece of the story; nothing when it is told."""
    known = creators()
    if known and not _is_told(*LARGE):
        _alone(_ask_for_much)(known[:BEFORE_READY][-1], at)
        remind(creator_id=known[:BEFORE_READY][-1].party_id)
        return {"chapter": LARGE[0], "creators": 1}
    if newcomers := list(without_ways(known))[:AT_ONCE]:
        for one in newcomers:
            introduce_and_pay(one)
        return {"chapter": WEEK, "creators": len(newcomers)}
    if not _is_told(*DESK):
        _alone(_work)(known, at)
        return {"chapter": DESK[0], "creators": 2}
    for back, (days, chapter, span, most) in enumerate(CHAPTERS, 1):
        if days_written < days:
            continue
        if not _is_told(chapter, "all"):
            settle(back=back, at=at)
            score_everybody(at)
            bring_cash(chapter)
            _note(chapter, "all")
        waiting = [one for one in known if one.number <= MOST_LOVED and not _is_told(chapter, _name(one))]
        if waiting:
            for one in waiting[:AT_ONCE]:
                _tell(one, chapter, span, most)
            return {"chapter": chapter, "creators": len(waiting[:AT_ONCE])}
    return {}


def introduce_and_pay(one: Creator) -> None:
    """Who they are, and what they were paid in the last days; one payout leaves soon."""
    _alone(introduce)(one)
    if one.number <= 2:
        change_into_coins(one, at=clock.now())
    _tell(one, WEEK, (1, 6), 7 if one.number == 1 else 2)
    if soon := soon_due(one, chapter="soon", at=clock.now()):
        _alone(write_past)([soon])


def _ask_for_much(one: Creator, at: datetime) -> None:
    ask_for_much(one, at=at)
    _note(*LARGE)


def _work(known: list[Creator], at: datetime) -> None:
    work(known, at=at)
    _note(*DESK)


def _tell(one: Creator, chapter: str, days: tuple[int, int], most: int) -> None:
    """One creator's payouts of so many days ago, once."""

    def told() -> None:
        Party.objects.locked(one.party_id)
        if not _is_told(chapter, _name(one)):
            made = write_past(past_wishes(one, chapter=chapter, days=days, most=most, at=clock.now()))
            answer(one, made, chapter=chapter)
            _note(chapter, _name(one))

    _alone(told)()


def _alone(work: Callable[..., Any]) -> Callable[..., Any]:
    """In a transaction of its own that repeats; a rehearsal's transaction is not ours to repeat."""

    def run(*arguments: Any) -> Any:
        with transaction.atomic():
            return work(*arguments)

    return run if connection.in_atomic_block else retrying(run)


def _name(one: Creator) -> str:
    return f"{one.slug} {one.number}"


def _is_told(chapter: str, name: str) -> bool:
    return AuditRecord.objects.filter(action=TOLD, subject_type="demo", subject_id=name, reason=chapter).exists()


def _note(chapter: str, name: str) -> None:
    record(TOLD, by=DEMO, subject=("demo", name), reason=chapter)
