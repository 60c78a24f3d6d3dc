"""Write down what happened, in the transaction in which it happened."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

from foundation.actors import Actor
from foundation.audit.models import Outcome

_INSERT = """
INSERT INTO audit_record (actor, party_id, action, outcome, subject_type, subject_id, platform_id, reason, facts,
                          request_id, commitment)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
"""


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
    subject_type, subject_id = subject if isinstance(subject, tuple) else subject_of(subject)
    kept_apart = {**by.source, **(personal or {})}
    salt = os.urandom(16)
    platform = platform_id or by.platform_id or getattr(subject, "platform_id", None)
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                by.reference, by.party_id, action, str(outcome), subject_type, subject_id, platform,
                str(reason)[:500], canonical(facts), by.request_id,
                commit_to(kept_apart, salt) if kept_apart else None,
            ],
        )  # fmt: skip
        (number,) = cursor.fetchone()
        if kept_apart:
            cursor.execute(
                "INSERT INTO audit_personal (record_id, party_id, salt, values) VALUES (%s, %s, %s, %s)",
                [number, by.party_id, salt, canonical(kept_apart)],
            )
    return number


def record_all(
    action: str, lines: Sequence[tuple[models.Model, dict[str, Any]]], *, by: Actor, reason: str = ""
) -> None:
    """The same thing done to many rows, one line each: for batches without anything personal about who did it."""
    if by.source:
        raise ValueError("a batch is the work of the system, whose records have no personal half")
    with connection.cursor() as cursor:
        cursor.executemany(
            _INSERT.removesuffix(" RETURNING id\n"),
            [
                [
                    by.reference, by.party_id, action, str(Outcome.DONE), *subject_of(row),
                    by.platform_id or getattr(row, "platform_id", None), reason[:500], canonical(facts),
                    by.request_id, None,
                ]
                for row, facts in lines
            ],
        )  # fmt: skip


def record_read(action: str, *, by: Actor, query: dict[str, Any], subjects: int, **facts: Any) -> int:
    """A page or export of personal data: one line that names its query and how many people it showed."""
    return record(action, by=by, outcome=Outcome.READ, query=query, subjects=subjects, **facts)


def record_refusal(action: str, *, by: Actor, code: str, **facts: Any) -> int:
    """What a known caller was refused; written by the door after the rollback."""
    return record(action, by=by, outcome=Outcome.REFUSED, code=code, **facts)
