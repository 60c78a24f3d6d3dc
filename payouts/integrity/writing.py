"""Writing down the scores that changed: a record each, where the creator stands, and news of what matters."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from foundation.events import publish_all
from foundation.ids import uuid7
from payouts.integrity.events import IntegrityChanged
from payouts.integrity.gathering import Known
from payouts.integrity.models import IntegrityScore
from payouts.integrity.rules.scoring import POLICY, Judged, level_of

Change = tuple[Known, Judged]
# Who was scored again since they were looked at stays as the later look found.
STANDING = """
SELECT creator_id, record_id FROM integrity_score WHERE creator_id = ANY (%s::uuid[]) ORDER BY creator_id FOR UPDATE
"""
RECORD = """
INSERT INTO integrity_record (id, creator_id, score, components, level, flags, inputs, policy, reason, at)
SELECT id, creator_id, score, components, level, ARRAY(SELECT jsonb_array_elements_text(flags)), inputs, %s, %s, %s
FROM unnest(%s::uuid[], %s::uuid[], %s::smallint[], %s::jsonb[], %s::text[], %s::jsonb[], %s::jsonb[])
    AS new (id, creator_id, score, components, level, flags, inputs)
"""
STAND = """
INSERT INTO integrity_score (creator_id, record_id, score, level, news_seq)
SELECT creator_id, id, score, level, 0
FROM unnest(%s::uuid[], %s::uuid[], %s::smallint[], %s::text[]) AS new (id, creator_id, score, level)
ON CONFLICT (creator_id) DO UPDATE SET record_id = excluded.record_id, score = excluded.score, level = excluded.level
"""
FIRST_AT_ONCE = "SELECT pg_advisory_xact_lock(hashtext('integrity_score'))"


def is_change(known: Known, judged: Judged) -> bool:
    """Whether a new record is due: the score or a flag differs from the record that stands."""
    return known.record_id is None or (known.score, known.flags) != (judged.score, judged.flags)


def write_changes(changes: Sequence[Change], *, reason: str, at: datetime) -> tuple[int, int]:
    """Write these down, in one transaction; returns how many were written, and of how many level or flags changed."""
    with transaction.atomic(), connection.cursor() as cursor:
        due = _still_due(cursor, changes)
        if not due:
            return 0, 0
        ids = [uuid7() for _ in due]
        creators, scores = [known.creator_id for known, _ in due], [judged.score for _, judged in due]
        levels = [str(judged.level) for _, judged in due]
        flags = [json.dumps(judged.flags) for _, judged in due]
        components = [json.dumps(judged.in_words()) for _, judged in due]
        inputs = [json.dumps(known.inputs.as_json()) for known, _ in due]
        cursor.execute(RECORD, [POLICY, reason[:60], at, ids, creators, scores, components, levels, flags, inputs])
        cursor.execute(STAND, [ids, creators, scores, levels])
        news = list(_news(zip(due, ids, strict=True), reason, at))
        publish_all({IntegrityScore(creator_id=one.creator_id): one for one in news})
    return len(due), len(news)


def _still_due(cursor: Any, changes: Sequence[Change]) -> list[Change]:
    if any(known.record_id is None for known, _ in changes):
        cursor.execute(FIRST_AT_ONCE)
    cursor.execute(STANDING, [[known.creator_id for known, _ in changes]])
    standing: dict[UUID, UUID] = dict(cursor.fetchall())
    return [(known, judged) for known, judged in changes if standing.get(known.creator_id) == known.record_id]


def _news(due: Iterable[tuple[Change, UUID]], reason: str, at: datetime) -> Iterable[IntegrityChanged]:
    """A first score is news only when something is wrong with it."""
    for (known, judged), record_id in due:
        before = "" if known.score is None else str(level_of(known.score))
        level, flags = str(judged.level), judged.flags
        is_first = known.record_id is None
        if (flags and is_first and judged.score < 400) or (not is_first and (before, known.flags) != (level, flags)):
            yield IntegrityChanged(known.creator_id, record_id, level, flags, before, known.flags, reason, at)
