"""Posting: one movement in one round trip, or many, all or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from psycopg.types.numeric import Int8

from foundation import clock
from foundation.errors import Invalid
from ledger.calls import call
from ledger.types import Posted, Posting

MOST_POSTINGS = 10_000
KNOWN = "SELECT id FROM ledger_transfer_key WHERE id = ANY (%s::uuid[])"
POST_ONE = """
SELECT * FROM ledger_post_one(%s::uuid, %s::uuid, %s::text, %s, %s, %s, %s::text, %s::timestamptz, %s::jsonb, %s::uuid,
    %s::uuid, %s::boolean)
"""
POST = """
SELECT * FROM ledger_post(%s::uuid[], %s::uuid[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[],
    %s::timestamptz[], %s::jsonb[], %s::uuid[])
"""


def post(posting: Posting) -> Posted:
    """Move money once, however often this is called with the same id.

    Refused: InsufficientBalance, AccountClosed, OtherCurrency, PeriodClosed, ReversedTooMuch, NotFound, and
    PayloadMismatch when the id stands for another transfer.
    """
    return post_one(posting)


def post_one(posting: Posting, *, hold_id: UUID | None = None, is_rest_kept: bool = False) -> Posted:
    values = (
        posting.id, posting.journal_id, posting.kind, Int8(posting.debit), Int8(posting.credit),
        Int8(posting.amount.minor), posting.amount.currency, *_effective([posting]), _json(posting.meta),
        posting.reverses, hold_id, is_rest_kept,
    )  # fmt: skip
    return Posted(posting.id, *call(POST_ONE, values)[0])


def post_many(postings: Sequence[Posting]) -> list[Posted]:
    """Post a journal or a batch, all or nothing, in the order given; a floor holds after each of them.

    Known ids are replayed and the others posted. Refuses what `post` refuses.
    """
    if not postings:
        return []
    if len(postings) == 1:
        return [post(postings[0])]
    if len(postings) > MOST_POSTINGS:
        raise Invalid("ledger.batch_too_large", f"One call posts at most {MOST_POSTINGS:,}.", given=len(postings))
    columns: list[list[Any]] = [
        [p.id for p in postings],
        [p.journal_id for p in postings],
        [p.kind for p in postings],
        [Int8(p.debit) for p in postings],
        [Int8(p.credit) for p in postings],
        [Int8(p.amount.minor) for p in postings],
        [p.amount.currency for p in postings],
        _effective(postings),
        [_json(p.meta) for p in postings],
        [p.reverses for p in postings],
    ]
    values = [column if any(value is not None for value in column) else None for column in columns]
    rows = {row[0]: Posted(*row) for row in call(POST, values)}
    return [rows[p.id] for p in postings]


def _effective(postings: Sequence[Posting]) -> list[datetime | None]:
    """Left out means now, which where the clock was moved is not the database's; of a repeat it means the first's."""
    named = [posting.effective_at for posting in postings]
    if all(named) or not clock.is_moved():
        return named
    known = {id for (id,) in call(KNOWN, [[posting.id for posting in postings]])}
    at = clock.now()
    return [posting.effective_at or (None if posting.id in known else at) for posting in postings]


def _json(meta: dict[str, Any] | None) -> Jsonb | None:
    return None if meta is None else Jsonb(meta)
