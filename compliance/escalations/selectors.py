"""Questions about escalations; who may ask is the door's business."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Count, DurationField, ExpressionWrapper, F, QuerySet, Sum

from compliance.escalations.errors import refusal
from compliance.escalations.models import Escalation
from compliance.escalations.states import Decision, Department, EscalationState, EscalationType, Severity
from compliance.escalations.types import ActionLine, EscalationLine
from foundation.identity.names import names_of
from foundation.identity.roles import Role
from foundation.identity.selectors import people_with
from foundation.money import Money

WORKERS = (Role.ADMIN, Role.COMPLIANCE)
READERS = (Role.ADMIN, Role.COMPLIANCE, Role.LEGAL, Role.FINANCE)


def get_escalation(escalation_id: UUID) -> EscalationLine:
    row = Escalation.objects.filter(pk=escalation_id).first()
    if row is None:
        raise refusal("compliance.no_escalation")
    return line_of(row)


def owner_of_documents(escalation_id: UUID) -> tuple[UUID, bool]:
    """Whose documents about it are, and whether it still takes any."""
    found = get_escalation(escalation_id)
    return found.creator_id, found.state is not EscalationState.RESOLVED


def escalations(
    *, state: str = "", severity: str = "", department: str = "", type: str = "", creator_id: UUID | None = None,
    assigned_to: str = "", is_open: bool | None = None,
) -> QuerySet[Escalation]:  # fmt: skip
    """The rows of a list by what was asked, in no order yet."""
    asked = {
        "state": state, "severity": severity, "department": department, "type": type, "creator_id": creator_id,
        "assigned_to": assigned_to,
    }  # fmt: skip
    rows = Escalation.objects.filter(**{name: value for name, value in asked.items() if value})
    return rows if is_open is None else rows.open() if is_open else rows.filter(state=EscalationState.RESOLVED)


def list_escalations(
    rows: QuerySet[Escalation], *, after: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[EscalationLine]:
    """The soonest due first; `after` is the place of the last one seen."""
    rows = rows.order_by("due_at", "pk")
    if after:
        rows = rows.extra(where=["(escalation.due_at, escalation.id) > (%s, %s)"], params=list(after))
    return [line_of(row) for row in rows[:limit]]


def list_actions(escalation_id: UUID) -> list[ActionLine]:
    """All that was done to it, oldest first."""
    row = Escalation.objects.filter(pk=escalation_id).first()
    if row is None:
        raise refusal("compliance.no_escalation")
    return [ActionLine(a.at, a.actor, a.action, a.notes, a.facts) for a in row.actions.order_by("id")]


def count_open() -> dict[str, int]:
    """How many wait, by severity."""
    rows = Escalation.objects.open().values_list("severity").annotate(Count("pk"))
    return {str(severity): 0 for severity in Severity} | dict(rows)


def count_late() -> int:
    return Escalation.objects.late().count()


def colleagues() -> list[tuple[str, str]]:
    """Who may be given a review: id and name."""
    references = [f"user:{user_id}" for user_id in people_with(*WORKERS)]
    names = names_of(references)
    return sorted(((ref.removeprefix("user:"), names[ref]) for ref in references), key=lambda pair: pair[1])


def line_of(row: Escalation) -> EscalationLine:
    return EscalationLine(
        id=row.pk, creator_id=row.creator_id, type=EscalationType(row.type), severity=Severity(row.severity),
        department=Department(row.department), state=EscalationState(row.state), source=row.source,
        description=row.description, payouts=tuple(row.payouts),
        amounts=tuple(Money(minor, currency) for currency, minor in sorted(row.amounts.items())),
        risk_factors=tuple(row.risk_factors), facts=row.facts, legal_basis=row.legal_basis,
        assigned_to=row.assigned_to, opened_by=row.opened_by, opened_at=row.opened_at, due_at=row.due_at,
        first_reviewed_at=row.first_reviewed_at, escalated_at=row.escalated_at, paused_at=row.paused_at,
        paused_seconds=row.paused_seconds, resolved_at=row.resolved_at, resolved_by=row.resolved_by,
        decision=Decision(row.decision) if row.decision else None, reasoning=row.reasoning, version=row.version,
    )  # fmt: skip


def resolved_in(since: datetime, until: datetime, *, severity: Severity) -> tuple[int, int | None]:
    """How many of this severity were decided in this time, and after how many seconds on average, without the time
    their clocks stood."""
    took = ExpressionWrapper(F("resolved_at") - F("opened_at"), DurationField())
    found = Escalation.objects.filter(
        severity=severity, state=EscalationState.RESOLVED, resolved_at__gte=since, resolved_at__lt=until
    ).aggregate(n=Count("pk"), took=Sum(took), stood=Sum("paused_seconds"))
    if not found["n"]:
        return 0, None
    return found["n"], (int(found["took"].total_seconds()) - found["stood"]) // found["n"]
