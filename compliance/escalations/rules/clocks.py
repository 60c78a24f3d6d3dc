"""How long a decision may take, who decides first, and who next when it takes longer."""

from __future__ import annotations

from datetime import datetime, timedelta

from compliance.escalations.states import Department as D
from compliance.escalations.states import EscalationType as T
from compliance.escalations.states import Severity

# O5: hours until a decision, by severity.
SLA_HOURS = {Severity.CRITICAL: 4, Severity.HIGH: 24, Severity.MEDIUM: 72, Severity.LOW: 168}
FIRST = {
    T.PAYOUT_FREEZE: D.FINANCE, T.HIGH_RISK_SCORE: D.FRAUD, T.CHARGEBACK_SPIKE: D.FRAUD, T.AML_FLAG: D.COMPLIANCE,
}  # fmt: skip
NEXT = {D.FRAUD: D.COMPLIANCE, D.FINANCE: D.COMPLIANCE, D.COMPLIANCE: D.LEGAL, D.LEGAL: D.LEGAL}
ORDER = tuple(Severity)


def due_at(severity: str, since: datetime) -> datetime:
    """When a decision is due at the latest."""
    return since + timedelta(hours=SLA_HOURS[Severity(severity)])


def first_department(type: str) -> D:
    return FIRST[T(type)]


def next_department(department: str) -> D:
    return NEXT[D(department)]


def worst(one: str, other: str) -> Severity:
    """The more severe of two."""
    return max(Severity(one), Severity(other), key=ORDER.index)


def resumed(due: datetime, paused_at: datetime, at: datetime) -> datetime:
    """The deadline after a pause: later by as long as the clock stood."""
    return due + max(at - paused_at, timedelta())
