"""News about requests: ids and codes only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation.events import Event


@dataclass(frozen=True)
class ApprovalRequested(Event, type="approval.requested"):
    told_when = "a change was asked for and waits for people to decide"

    approval_id: UUID
    kind: str
    requester: str
    due_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class ApprovalEndorsed(Event, type="approval.endorsed"):
    told_when = "somebody approved and more people are needed"

    approval_id: UUID
    kind: str
    decider: str
    still_needed: int


@dataclass(frozen=True)
class ApprovalDecided(Event, type="approval.decided"):
    told_when = "a request was applied, rejected, withdrawn, or failed when it was applied"

    approval_id: UUID
    kind: str
    requester: str
    outcome: str
    failure_code: str = ""


@dataclass(frozen=True)
class ApprovalOverdue(Event, type="approval.overdue"):
    told_when = "a request was not decided within the promised time"

    approval_id: UUID
    kind: str
    due_at: datetime


@dataclass(frozen=True)
class ApprovalExpired(Event, type="approval.expired"):
    told_when = "nobody decided a request in time and it was closed"

    approval_id: UUID
    kind: str
    requester: str
