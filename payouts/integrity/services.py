"""Scoring creators: all of them each hour, one at once when something happened."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from foundation.retry import retrying
from payouts.integrity.gathering import Known, gather
from payouts.integrity.rules.scoring import judge
from payouts.integrity.types import Rescored
from payouts.integrity.writing import Change, is_change, write_changes
from processors.facts.services import fold_all, fold_facts

BATCH = 2_000
# The question over everybody groups millions of rows: the usual memory would send them through files, and the usual
# patience would end it.
GENEROUS = "SET LOCAL work_mem = '192MB'; SET LOCAL statement_timeout = '10min'"


def rescore(creator_ids: Collection[UUID], *, reason: str, at: datetime) -> Rescored:
    """Score these creators now, in the caller's transaction or one of its own."""
    with transaction.atomic():
        fold_facts(creator_ids=creator_ids)
        looked_at, changes = _changes(gather(at, creator_ids))
        written, flagged = write_changes(changes, reason=reason, at=at)
    return Rescored(looked_at, written, flagged)


def rescore_all(*, reason: str, at: datetime) -> Rescored:
    """Score everybody, called outside of any transaction but a rehearsal's: one question, then the changes in batches.

    A batch that meets others who score some of the same creators is written again.
    """
    fold_all()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(GENEROUS)
        looked_at, changes = _changes(gather(at))
    write = write_changes if connection.in_atomic_block else retrying(write_changes)
    written = flagged = 0
    for start in range(0, len(changes), BATCH):
        of_batch = write(changes[start : start + BATCH], reason=reason, at=at)
        written, flagged = written + of_batch[0], flagged + of_batch[1]
    return Rescored(looked_at, written, flagged)


def _changes(everybody: Iterator[Known]) -> tuple[int, list[Change]]:
    looked_at, changes = 0, []
    for known in everybody:
        looked_at += 1
        judged = judge(known.inputs)
        if is_change(known, judged):
            changes.append((known, judged))
    return looked_at, changes
