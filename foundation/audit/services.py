"""Write down what happened, in the transaction in which it happened."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from foundation import prepared
from foundation.actors import Actor
from foundation.audit.models import Outcome
from foundation.logs import mask_cards

_INSERT_ALL = """
INSERT INTO audit_record (actor, party_id, action, outcome, subject_type, subject_id, platform_id, reason, facts,
                          request_id)
SELECT %s, %s::uuid, %s, %s, type, id, platform_id, %s, facts::jsonb, %s
FROM unnest(%s::text[], %s::text[], %s::uuid[], %b::text[]) WITH ORDINALITY AS line (type, id, platform_id, facts, nth)
ORDER BY nth
"""
# A record and its personal half. What else the statement does comes before them, and decides whether they are written.
_RECORD = """
recorded AS (
    INSERT INTO audit_record (actor, party_id, action, outcome, subject_type, subject_id, platform_id, reason, facts,
                              request_id, commitment)
    SELECT %s::text, %s::uuid, %s::text, %s::text, %s::text, %s::text, %s::uuid, %s::text, %s::jsonb,
        %s::text, %s::bytea {only_if} RETURNING id
), apart AS (
    INSERT INTO audit_personal (record_id, party_id, salt, values)
    SELECT id, %s::uuid, %s::bytea, %s::jsonb FROM recorded WHERE %s::jsonb IS NOT NULL
)
SELECT id FROM recorded
"""
_ALONE = "WITH" + _RECORD.format(only_if="")


def canonical(values: Any) -> str:
    return json.dumps(values, cls=DjangoJSONEncoder, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def commit_to(values: dict[str, Any], salt: bytes) -> bytes:
    return hashlib.sha256(salt + canonical(values).encode()).digest()


def subject_of(row: models.Model | None) -> tuple[str, str]:
    return (row._meta.label_lower, str(row.pk)) if row is not None else ("", "")


def record(
    action: str,
    *,
    by: Actor,
    subject: models.Model | tuple[str, str] | None = None,
    outcome: Outcome = Outcome.DONE,
    platform_id: UUID | None = None,
    reason: str = "",
    personal: dict[str, Any] | None = None,
    **facts: Any,
) -> int:
    """One line of history, timeline and audit at once; returns its number."""
    values = _values(action, by, subject, outcome, platform_id, reason, personal, facts)
    return int(prepared.run(_ALONE, values)[0][0])


def record_with(
    change: str, values: Sequence[Any], action: str, *, by: Actor, subject: models.Model, reason: str = "", **facts: Any
) -> bool:
    """Make a change and record it, in one statement; False when the change found no row, and then nothing is recorded.

    The change is one that returns a row for what it changed.
    """
    line = _values(action, by, subject, Outcome.DONE, None, reason, None, facts)
    return bool(prepared.run(_with(change), [*values, *line]))


@functools.cache
def _with(change: str) -> str:
    return "WITH changed AS (" + change + ")," + _RECORD.format(only_if="FROM changed")


def _values(
    action: str, by: Actor, subject: models.Model | tuple[str, str] | None, outcome: Outcome, platform_id: UUID | None,
    reason: str, personal: dict[str, Any] | None, facts: dict[str, Any],
) -> list[Any]:  # fmt: skip
    """What one line says, with what is kept apart of it."""
    kept_apart = {**by.source, **(personal or {})}
    salt = os.urandom(16) if kept_apart else None
    apart = canonical(kept_apart) if kept_apart else None
    return [
        by.reference, by.party_id, action, str(outcome),
        *(subject if isinstance(subject, tuple) else subject_of(subject)),
        platform_id or by.platform_id or getattr(subject, "platform_id", None), str(reason)[:500], canonical(facts),
        by.request_id, commit_to(kept_apart, salt) if salt else None, by.party_id, salt, apart, apart,
    ]  # fmt: skip


def record_all(
    action: str, lines: Sequence[tuple[models.Model, dict[str, Any]]], *, by: Actor, reason: str = ""
) -> None:
    """The same thing done to many rows, one line each: in one statement, unless who did it has a personal half."""
    if by.source:
        for row, facts in lines:
            prepared.run(_ALONE, _values(action, by, row, Outcome.DONE, None, reason, None, facts))
        return
    subjects = [subject_of(row) for row, _ in lines]
    prepared.run(
        _INSERT_ALL,
        [
            by.reference, by.party_id, action, str(Outcome.DONE), reason[:500], by.request_id,
            [type for type, _ in subjects], [id for _, id in subjects],
            [by.platform_id or getattr(row, "platform_id", None) for row, _ in lines],
            [canonical(facts) for _, facts in lines],
        ],
    )  # fmt: skip


def record_read(action: str, *, by: Actor, query: dict[str, Any], subjects: int, **facts: Any) -> int:
    """A page or export of personal data: one line that names its query and how many people it showed.

    A card's number that somebody looked for is not kept.
    """
    asked = _without_cards({"query": query, **facts})
    return record(action, by=by, outcome=Outcome.READ, subjects=subjects, **asked)


def _without_cards(value: Any) -> Any:
    match value:
        case str():
            return mask_cards(value)
        case dict():
            return {_without_cards(name): _without_cards(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_without_cards(inner) for inner in value]
    return value


def record_refusal(action: str, *, by: Actor, code: str, **facts: Any) -> int:
    """What a known caller was refused; written by the door after the rollback."""
    return record(action, by=by, outcome=Outcome.REFUSED, code=code, **facts)
