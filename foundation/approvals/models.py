from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from foundation.actors import Actor, ActorKind
from foundation.approvals.rules.amount_rules import AmountRule
from foundation.approvals.states import MOVES, OPEN, State, Verdict
from foundation.approvals.types import Policy, Side
from foundation.clock.functions import FanzNow
from foundation.events.models import Stream
from foundation.identity.roles import Role
from foundation.identity.scopes import Scope
from foundation.ids import uuid7
from foundation.locks import LockedQuerySet
from foundation.money import Money
from foundation.states import Stateful, state_field

if TYPE_CHECKING:
    from typing import Self

PEOPLE_ONLY = ["role.grant", "switch.resume", "approval.amounts"]
LOOKS_ON = (Role.AUDITOR, Role.COMPLIANCE, Role.EXECUTIVE)


class ApprovalPolicy(models.Model):
    """Who may ask for a kind of change and who may decide it. Written by migrations alone."""

    kind = models.CharField(primary_key=True, max_length=40)
    about = models.CharField(max_length=200)
    asking_roles = ArrayField(models.CharField(max_length=20))
    deciding_roles = ArrayField(models.CharField(max_length=20))
    approvers = models.SmallIntegerField(default=1)
    sla_hours = models.SmallIntegerField()
    expiry_hours = models.SmallIntegerField()
    clients_may_ask = models.BooleanField(default=False)
    clients_may_decide = models.BooleanField(default=False)
    may_ask_for_oneself = models.BooleanField(default=False)

    class Meta:
        db_table = "approval_policy"
        ordering = ["kind"]
        verbose_name_plural = "approval policies"
        constraints = [
            models.CheckConstraint(name="approval_policy_approvers", condition=Q(approvers__range=(1, 5))),
            models.CheckConstraint(
                name="approval_policy_hours", condition=Q(sla_hours__gte=1, expiry_hours__gte=F("sla_hours"))
            ),
            models.CheckConstraint(name="approval_policy_deciders", condition=~Q(deciding_roles=[])),
            models.CheckConstraint(
                name="approval_policy_people_only",
                condition=~Q(kind__in=PEOPLE_ONLY) | Q(clients_may_decide=False),
            ),
        ]

    def __str__(self) -> str:
        return self.kind

    def as_policy(self) -> Policy:
        return Policy(
            self.kind,
            frozenset(self.asking_roles),
            frozenset(self.deciding_roles),
            self.approvers,
            self.sla_hours,
            self.expiry_hours,
            self.clients_may_ask,
            self.clients_may_decide,
            self.may_ask_for_oneself,
        )


class AmountBound(models.Model):
    """One version of a bound: above it a kind takes so many people, of these roles; nobody lifts it. Rows stay."""

    version = models.BigAutoField(primary_key=True)
    policy = models.ForeignKey(ApprovalPolicy, models.PROTECT, db_column="kind", related_name="+")
    currency = models.CharField(max_length=5)
    above_minor = models.BigIntegerField()
    people = models.SmallIntegerField()
    roles = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    active_from = models.DateTimeField()
    approval = models.OneToOneField("Approval", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "approval_amount_bound"
        ordering = ["-version"]
        constraints = [
            models.CheckConstraint(
                name="approval_amount_bound_sane", condition=Q(above_minor__gte=0, people__range=(0, 5))
            ),
            models.CheckConstraint(name="approval_amount_bound_not_its_own", condition=~Q(policy="approval.amounts")),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} above {self.above_minor} {self.currency} ({self.version})"

    def as_rule(self) -> AmountRule:
        return AmountRule(
            self.version, self.policy_id, Money(self.above_minor, self.currency), self.people, frozenset(self.roles),
            self.active_from,
        )  # fmt: skip


class ApprovalQuerySet(LockedQuerySet["Approval"]):
    def visible_to(self, actor: Actor) -> Self:
        """What this actor asked for, may decide, may ask for, or watches over."""
        if actor.kind is ActorKind.SYSTEM:
            return self
        own = Q(requester=actor.reference)
        if actor.kind is ActorKind.CLIENT:
            if Scope.APPROVALS_READ not in actor.scopes:
                return self.none()
            shared = Q(policy__clients_may_ask=True) | Q(policy__clients_may_decide=True)
            return self.filter(own | shared & Q(platform_id=actor.platform_id, platform_id__isnull=False))
        if actor.kind is not ActorKind.USER:
            return self.none()
        if actor.has_role(*LOOKS_ON):
            return self
        roles = sorted(actor.roles)
        by_amount = Q(deciding_roles__overlap=roles)
        by_kind = Q(policy__deciding_roles__overlap=roles) | Q(policy__asking_roles__overlap=roles)
        return self.filter(own | by_amount | by_kind)

    def pending(self) -> Self:
        return self.filter(state=State.PENDING)

    def run_out(self) -> Self:
        """Pending beyond the last moment, by the database's clock."""
        return self.pending().filter(expires_at__lte=FanzNow())

    def late(self) -> Self:
        """Pending beyond the promised time and not yet told about."""
        return self.pending().filter(due_at__lte=FanzNow(), overdue_told_at=None)


class Approval(Stateful):
    """A request that one exact change be made, bound to its hash; what was asked never changes."""

    NEWS_STREAM = Stream.OPS
    MOVES = MOVES

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    policy = models.ForeignKey(ApprovalPolicy, models.PROTECT, db_column="kind", related_name="approvals")
    payload = models.JSONField()
    change_hash = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    effects = models.JSONField(default=list)
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.CharField(max_length=80, blank=True)
    platform_id = models.UUIDField(null=True, blank=True)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=5, blank=True)
    requester = models.CharField(max_length=120)
    requester_principal = models.UUIDField(null=True, blank=True)
    affected = models.CharField(max_length=120, blank=True)
    affected_principal = models.UUIDField(null=True, blank=True)
    reason = models.CharField(max_length=500)
    approvers_needed = models.SmallIntegerField()
    deciding_roles = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    """Who decides an amount as large as this; none: those of the kind."""
    amount_bound = models.ForeignKey(AmountBound, models.PROTECT, null=True, blank=True, related_name="+")
    amount_why = models.CharField(max_length=300, blank=True)
    requested_at = models.DateTimeField()
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = state_field(State)
    settled_at = models.DateTimeField(null=True, blank=True)
    failure_code = models.CharField(max_length=80, blank=True)
    overdue_told_at = models.DateTimeField(null=True, blank=True)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        db_table = "approval"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "change_hash"], condition=Q(state=State.PENDING), name="approval_asked_once"
            ),
            models.CheckConstraint(name="approval_hash", condition=Q(change_hash__regex=r"^[0-9a-f]{64}$")),
            models.CheckConstraint(name="approval_reason_given", condition=~Q(reason="")),
            models.CheckConstraint(name="approval_approvers", condition=Q(approvers_needed__range=(1, 6))),
            models.CheckConstraint(
                name="approval_times", condition=Q(due_at__gt=F("requested_at"), expires_at__gte=F("due_at"))
            ),
            models.CheckConstraint(
                name="approval_settled_has_time",
                condition=Q(state__in=OPEN, settled_at=None) | ~Q(state__in=OPEN) & Q(settled_at__isnull=False),
            ),
            models.CheckConstraint(
                name="approval_failed_has_code",
                condition=Q(state=State.FAILED) & ~Q(failure_code="") | ~Q(state=State.FAILED) & Q(failure_code=""),
            ),
            models.CheckConstraint(
                name="approval_amount_has_currency",
                condition=Q(amount_minor=None, currency="") | Q(amount_minor__isnull=False) & ~Q(currency=""),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state=State.PENDING), name="approval_pending_due"),
            models.Index(fields=["expires_at"], condition=Q(state=State.PENDING), name="approval_pending_expiry"),
            models.Index(fields=["subject_type", "subject_id"], name="approval_subject"),
            models.Index(fields=["requester"], name="approval_requester"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.state})"

    @property
    def kind(self) -> str:
        return self.policy_id

    @property
    def amount(self) -> Money | None:
        return Money(self.amount_minor, self.currency) if self.amount_minor is not None else None


class ApprovalDecision(models.Model):
    """One person's word on one request, bound to the hash they saw. Written once."""

    id = models.BigAutoField(primary_key=True)
    approval = models.ForeignKey(Approval, models.PROTECT, related_name="decisions")
    change_hash = models.CharField(max_length=64)
    decider = models.CharField(max_length=120)
    principal = models.UUIDField(null=True)
    verdict = models.CharField(max_length=7, choices=Verdict)
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "approval_decision"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["approval", "decider"], name="approval_decision_once"),
            models.UniqueConstraint(
                fields=["approval", "principal"], condition=Q(principal__isnull=False), name="approval_decision_party"
            ),
            models.CheckConstraint(name="approval_decision_reason_given", condition=~Q(reason="")),
            models.CheckConstraint(
                name="approval_decision_by_somebody",
                condition=Q(decider__startswith="user:") | Q(decider__startswith="client:"),
            ),
            models.CheckConstraint(name="approval_decision_verdict", condition=Q(verdict__in=Verdict.values)),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} by {self.decider}"

    @property
    def side(self) -> Side:
        return Side(self.decider, self.principal)
