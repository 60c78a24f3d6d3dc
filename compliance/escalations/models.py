"""What the database holds of escalations and of everything done to them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from compliance.escalations.states import (
    ESCALATION_MOVES,
    Act,
    Decision,
    Department,
    EscalationState,
    EscalationType,
    Severity,
)
from foundation.clock.functions import FanzNow
from foundation.events.models import Stream
from foundation.identity.models import Party
from foundation.ids import uuid7
from foundation.locks import LockedQuerySet
from foundation.states import Stateful, state_field


class EscalationQuerySet(LockedQuerySet["Escalation"]):
    def open(self) -> EscalationQuerySet:
        return self.exclude(state=EscalationState.RESOLVED)

    def late(self) -> EscalationQuerySet:
        """Due by the database's clock, which runs."""
        return self.open().filter(paused_at=None, due_at__lte=FanzNow())


class Escalation(Stateful):
    """Something about one creator that a department decides by a date."""

    MOVES = ESCALATION_MOVES
    NEWS_STREAM = Stream.OPS

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    creator = models.ForeignKey(Party, models.PROTECT, related_name="+")
    type = models.CharField(max_length=16, choices=EscalationType)
    severity = models.CharField(max_length=8, choices=Severity)
    department = models.CharField(max_length=10, choices=Department)
    state = state_field(EscalationState)
    source = models.CharField(max_length=80)
    """What caused it first: a fact's name and id."""
    description = models.CharField(max_length=1000)
    payouts = models.JSONField(default=list)
    """The ids of payouts it is about."""
    amounts = models.JSONField(default=dict)
    """Minor units at stake by currency."""
    risk_factors = models.JSONField(default=list)
    facts = models.JSONField(default=dict)
    legal_basis = models.CharField(max_length=200, blank=True)
    assigned_to = models.CharField(max_length=120, blank=True)
    opened_by = models.CharField(max_length=120)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    first_reviewed_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    overdue_told_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    paused_seconds = models.BigIntegerField(default=0)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=120, blank=True)
    decision = models.CharField(max_length=11, choices=Decision, blank=True)
    reasoning = models.CharField(max_length=2000, blank=True)

    objects = EscalationQuerySet.as_manager()

    class Meta:
        db_table = "escalation"
        constraints = [
            models.UniqueConstraint(
                fields=["creator", "type"], name="escalation_one_open", condition=~Q(state="RESOLVED")
            ),
            models.CheckConstraint(
                name="escalation_resolved_says_what_and_why",
                condition=~Q(state="RESOLVED")
                | Q(resolved_at__isnull=False) & ~Q(resolved_by="") & ~Q(decision="") & ~Q(reasoning=""),
            ),
            models.CheckConstraint(
                name="escalation_severe_decision_has_basis",
                condition=~Q(decision__in=["CONFIRMED", "REPORTED"]) | ~Q(legal_basis=""),
            ),
            models.CheckConstraint(name="escalation_due_after_opened", condition=Q(due_at__gt=F("opened_at"))),
            models.CheckConstraint(name="escalation_paused_seconds", condition=Q(paused_seconds__gte=0)),
            models.CheckConstraint(
                name="escalation_reviewed_by_somebody", condition=~Q(state="IN_REVIEW") | ~Q(assigned_to="")
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="escalation_due", condition=~Q(state="RESOLVED")),
            models.Index(fields=["creator", "-id"], name="escalation_by_creator"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.severity}"


class EscalationAction(models.Model):
    """One thing done to an escalation. Written once."""

    id = models.BigAutoField(primary_key=True)
    escalation = models.ForeignKey(Escalation, models.PROTECT, related_name="actions")
    at = models.DateTimeField()
    actor = models.CharField(max_length=120)
    action = models.CharField(max_length=10, choices=Act)
    notes = models.CharField(max_length=2000, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        db_table = "escalation_action"
        ordering = ["id"]
        indexes = [models.Index(fields=["escalation", "id"], name="escalation_action_of")]
