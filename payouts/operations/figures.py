"""The document's figures of payouts, counted by the database in one question each for payouts, scores and answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from compliance.escalations.selectors import resolved_in
from compliance.escalations.states import Severity
from foundation import clock
from payouts.operations.rules.figures import Counted, Figure, judge

DAYS = 30
# A freeze of everything stops the payouts that had not left escrow while it stood.
PAYOUTS = """
WITH asked AS (
    SELECT p.id, e.score,
        EXISTS (SELECT FROM payout_freeze f WHERE f.payout_id = p.id) OR EXISTS (
            SELECT FROM payout_freeze f WHERE f.freeze_type = 'ACCOUNT' AND f.creator_id = p.creator_id
                AND f.frozen_at < coalesce(e.released_at, 'infinity')
                AND coalesce(f.released_at, 'infinity') > p.requested_at) AS is_frozen,
        EXISTS (SELECT FROM payout_freeze f WHERE f.payout_id = p.id AND f.was_wrong) OR EXISTS (
            SELECT FROM payout_freeze f WHERE f.freeze_type = 'ACCOUNT' AND f.creator_id = p.creator_id AND f.was_wrong
                AND f.frozen_at < coalesce(e.released_at, 'infinity')
                AND coalesce(f.released_at, 'infinity') > p.requested_at) AS is_wrong
    FROM payout p JOIN payout_escrow e ON e.payout_id = p.id
    WHERE p.requested_at >= %(since)s AND p.requested_at < %(until)s
)
SELECT count(*), count(*) FILTER (WHERE is_frozen), count(*) FILTER (WHERE is_wrong),
    count(*) FILTER (WHERE is_wrong AND score > 700)
FROM asked
"""
ESCROW = """
SELECT count(*), percentile_disc(0.5) WITHIN GROUP (
    ORDER BY date_part('epoch', e.released_at - e.starts_at)::bigint)
FROM payout_escrow e JOIN payout p ON p.id = e.payout_id
WHERE e.released_at >= %(since)s AND e.released_at < %(until)s AND p.origin <> 'emergency' AND p.state <> 'CANCELLED'
"""
SCORES = "SELECT count(*), count(*) FILTER (WHERE score > 700) FROM integrity_score"
ANSWERS = """
SELECT count(*), count(*) FILTER (WHERE stars >= 4) FROM payout_answer
WHERE answered_at >= %(since)s AND answered_at < %(until)s
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """All seven, of this time."""

    since: datetime
    until: datetime
    figures: Sequence[Figure]

    @property
    def missed(self) -> list[Figure]:
        return [one for one in self.figures if one.is_met is False]

    @property
    def alarming(self) -> list[Figure]:
        return [one for one in self.figures if one.is_alarming]


def figures(*, days: int = DAYS) -> Figures:
    """The figures of the last days."""
    until = clock.now()
    since = until - timedelta(days=days)
    return Figures(since, until, judge(count(since, until)))


def count(since: datetime, until: datetime) -> Counted:
    """What the figures are made of, of `[since, until)`."""
    during = {"since": since, "until": until}
    payouts, frozen, wrong, wrong_trusted = _ask(PAYOUTS, during)
    released, median = _ask(ESCROW, during)
    creators, above = _ask(SCORES, {})
    answers, content = _ask(ANSWERS, during)
    escalations, seconds = resolved_in(since, until, severity=Severity.HIGH)
    return Counted(
        creators, above, released, median, payouts, frozen, wrong, wrong_trusted, escalations, seconds, answers, content
    )


def _ask(sql: str, values: dict[str, datetime]) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row: tuple[int, ...] = cursor.fetchone()
    return row
