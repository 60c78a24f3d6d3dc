"""News of escalations: ids, codes and times, no words of people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation.events import Event


@dataclass(frozen=True)
class EscalationOpened(Event, type="compliance.escalation.opened"):
    told_when = "something about a creator needs a decision of a department by a date"

    escalation_id: UUID
    creator_id: UUID
    kind: str
    severity: str
    department: str
    due_at: datetime
    source: str


@dataclass(frozen=True)
class EscalationJoined(Event, type="compliance.escalation.joined"):
    told_when = "another cause joined an escalation that waits; its severity and date may have changed"

    escalation_id: UUID
    creator_id: UUID
    severity: str
    due_at: datetime
    source: str


@dataclass(frozen=True)
class EscalationTaken(Event, type="compliance.escalation.taken"):
    told_when = "somebody works on an escalation"

    escalation_id: UUID
    creator_id: UUID
    assigned_to: str


@dataclass(frozen=True)
class EscalationRaised(Event, type="compliance.escalation.raised"):
    told_when = "an escalation went to the next department, by a person or because its time was over"

    escalation_id: UUID
    creator_id: UUID
    severity: str
    department: str
    due_at: datetime
    is_late: bool


@dataclass(frozen=True)
class EscalationOverdue(Event, type="compliance.escalation.overdue"):
    told_when = "an escalation that was handed higher is late once more; told once for each date"

    escalation_id: UUID
    creator_id: UUID
    severity: str
    department: str
    due_at: datetime


@dataclass(frozen=True)
class EscalationResolved(Event, type="compliance.escalation.resolved"):
    told_when = "an escalation was decided; rooms that stopped something for it act on the decision"

    escalation_id: UUID
    creator_id: UUID
    kind: str
    severity: str
    decision: str
    by: str
    resolved_at: datetime
    was_in_time: bool
