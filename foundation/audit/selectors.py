"""Questions about what happened: who did what to what, when, and why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from foundation.audit.models import AuditRecord
from foundation.errors import NotFound

MOST_IN_A_LIST = 200


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One record as readers see it; its personal half is not among the answers."""

    id: int
    at: datetime
    actor: str
    action: str
    outcome: str
    subject_type: str
    subject_id: str
    reason: str
    request_id: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What to look for. `words` is an exact action, actor, subject or request; `people` are actors found by name."""

    words: str = ""
    people: Collection[str] = ()
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None


def search_records(query: AuditQuery, *, before: int | None = None, limit: int = 50) -> list[AuditLine]:
    """Records that fit, newest first; `before` is the last number of the page before."""
    rows = AuditRecord.objects.filter(_fits(query)).order_by("-id")
    return _lines(rows.filter(pk__lt=before) if before else rows, limit)


def records_about(subject_type: str, subject_id: str, *, limit: int = 50) -> list[AuditLine]:
    """The history of one thing, newest first."""
    return _lines(AuditRecord.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by("-id"), limit)


def get_record(number: int) -> AuditLine:
    """One record. NotFound when there is none."""
    found = _lines(AuditRecord.objects.filter(pk=number), 1)
    if not found:
        raise NotFound("audit.not_found", "There is no such record.")
    return found[0]


def _fits(query: AuditQuery) -> Q:
    fits = Q()
    if query.words:
        people = [*query.people, *(f"user:{person}" for person in query.people)]
        fits &= (
            Q(action=query.words)
            | Q(actor__in=[query.words, f"user:{query.words}", *people])
            | Q(subject_id__in=[query.words, *query.people])
            | Q(request_id=query.words)
        )
    if query.outcome:
        fits &= Q(outcome=query.outcome)
    if query.since:
        fits &= Q(at__gte=query.since)
    if query.until:
        fits &= Q(at__lt=query.until)
    return fits


def _lines(rows: QuerySet[AuditRecord], limit: int) -> list[AuditLine]:
    return [
        AuditLine(
            row.pk, row.at, row.actor, row.action, row.outcome, row.subject_type, row.subject_id, row.reason,
            row.request_id, row.facts,
        )
        for row in rows[: min(limit, MOST_IN_A_LIST)]
    ]  # fmt: skip
