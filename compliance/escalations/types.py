"""What other rooms hand to escalations and get from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from compliance.escalations.states import Decision, Department, EscalationState, EscalationType, Severity
from foundation.money import Money

DOCUMENTS_ABOUT = "escalation"  # under which documents about one are kept


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is escalated. Facts are codes and numbers, never names of people."""

    type: EscalationType
    severity: Severity
    source: str
    description: str
    payouts: tuple[UUID, ...] = ()
    amounts: tuple[Money, ...] = ()
    risk_factors: tuple[str, ...] = ()
    department: Department | None = None
    legal_basis: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActionLine:
    at: datetime
    actor: str
    action: str
    notes: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EscalationLine:
    """One escalation as staff reads it."""

    id: UUID
    creator_id: UUID
    type: EscalationType
    severity: Severity
    department: Department
    state: EscalationState
    source: str
    description: str
    payouts: tuple[str, ...]
    amounts: tuple[Money, ...]
    risk_factors: tuple[str, ...]
    facts: Mapping[str, Any]
    legal_basis: str
    assigned_to: str
    opened_by: str
    opened_at: datetime
    due_at: datetime
    first_reviewed_at: datetime | None
    escalated_at: datetime | None
    paused_at: datetime | None
    paused_seconds: int
    resolved_at: datetime | None
    resolved_by: str
    decision: Decision | None
    reasoning: str
    version: int
