"""What the database holds of payouts, their escrow, their checks and what was told to rails."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from foundation.events.models import Stream
from foundation.identity.models import Party
from foundation.ids import uuid7
from foundation.locks import LockedQuerySet
from foundation.money import Money
from foundation.reasons import Reason
from foundation.states import Stateful, state_field
from payouts.life.states import (
    BATCH_MOVES,
    INSTRUCTION_MOVES,
    PAYOUT_MOVES,
    STOPPABLE,
    BatchState,
    EscrowStatus,
    InstructionState,
    PayoutState,
)
from payouts.methods.models import PayoutMethod
from payouts.methods.states import Rail

GONE = ["SENT", "PROCESSING", "UNKNOWN", "PAID", "RETURNED", "FAILED"]


class Payout(Stateful):
    """A creator's money on its way to them, from the wish to the bank's last word."""

    MOVES = PAYOUT_MOVES
    NEWS_STREAM = Stream.PAYOUT

    class Origin(models.TextChoices):
        CREATOR = "creator", "The creator asked"
        SCHEDULE = "schedule", "By the creator's schedule"
        EMERGENCY = "emergency", "Four eyes, at once"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    creator = models.ForeignKey(Party, models.PROTECT, related_name="+")
    method = models.ForeignKey(PayoutMethod, models.PROTECT, related_name="payouts")
    rail = models.CharField(max_length=12, choices=Rail)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0)
    """Our fee for this method, taken when it is sent."""
    withheld_minor = models.BigIntegerField(default=0)
    """Kept back for a tax office of what was asked for; the amount is the rest."""
    currency = models.CharField(max_length=5)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.CREATOR)
    state = state_field(PayoutState)
    is_disputed = models.BooleanField(default=False)
    """A chargeback touches money inside, while it is in escrow."""
    needs_approval = models.BooleanField(default=False)
    approval_id = models.UUIDField(null=True)
    """Under which request people agreed."""
    asked_approval_id = models.UUIDField(null=True)
    """The newest request put before people."""
    reason_code = models.CharField(max_length=40, choices=Reason, default=Reason.ESCROW_STANDARD)
    """Why it stands where it stands, as the creator is told."""
    requested_by = models.CharField(max_length=120)
    requested_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    """When the next step is due: release, run or repair, by its state."""
    promised_at = models.DateTimeField(null=True)
    """The first date the creator was told."""
    sent_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.CharField(max_length=300, blank=True)

    objects = LockedQuerySet.as_manager()

    class Meta:
        db_table = "payout"
        constraints = [
            models.CheckConstraint(
                name="payout_amounts",
                condition=Q(
                    amount_minor__gt=0, fee_minor__gte=0, fee_minor__lt=F("amount_minor"), withheld_minor__gte=0
                ),
            ),
            models.CheckConstraint(
                name="payout_sent_has_time", condition=~Q(state__in=GONE) | Q(sent_at__isnull=False)
            ),
            models.CheckConstraint(
                name="payout_paid_has_time", condition=~Q(state="PAID") | Q(paid_at__isnull=False)
            ),
            models.CheckConstraint(
                name="payout_large_was_approved",
                condition=Q(needs_approval=False)
                | Q(approval_id__isnull=False)
                | Q(state__in=["REQUESTED", "SCREENED", "IN_ESCROW", "FROZEN", "CANCELLED"]),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["creator", "-id"], name="payout_by_creator"),
            models.Index(fields=["state", "-id"], name="payout_by_state"),
            models.Index(fields=["due_at"], name="payout_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["rail", "due_at"], name="payout_queue", condition=Q(state="QUEUED")),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.state}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def asked(self) -> Money:
        """What the creator asked for, before tax."""
        return Money(self.amount_minor + self.withheld_minor, self.currency)

    @property
    def is_stoppable(self) -> bool:
        return self.state in STOPPABLE


class PayoutEscrow(models.Model):
    """The document's escrow record of a payout, beside the payout's own states."""

    payout = models.OneToOneField(Payout, models.PROTECT, primary_key=True, related_name="escrow")
    status = models.CharField(max_length=10, choices=EscrowStatus, default=EscrowStatus.PENDING)
    starts_at = models.DateTimeField()
    planned_release_at = models.DateTimeField()
    first_release_at = models.DateTimeField()
    """What was planned before any extension."""
    released_at = models.DateTimeField(null=True)
    hours = models.SmallIntegerField()
    extension_reason = models.CharField(max_length=300, blank=True)
    score = models.SmallIntegerField()
    score_record_id = models.UUIDField()
    """The record of the score it was measured by, from which it can be recomputed."""
    risk_factors = models.JSONField(default=list)
    sources = models.JSONField(default=dict)
    """What the money was earned by: minor units by product."""
    warning = models.CharField(max_length=60, blank=True)

    class Meta:
        db_table = "payout_escrow"
        constraints = [
            models.CheckConstraint(
                name="payout_escrow_sane",
                condition=Q(hours__gte=0, hours__lte=168, score__gte=0, score__lte=1000)
                & Q(planned_release_at__gte=F("starts_at"), first_release_at__lte=F("planned_release_at")),
            ),
            models.CheckConstraint(
                name="payout_escrow_extension_says_why",
                condition=Q(planned_release_at=F("first_release_at")) | ~Q(extension_reason=""),
            ),
            models.CheckConstraint(
                name="payout_escrow_released_has_time", condition=~Q(status="RELEASED") | Q(released_at__isnull=False)
            ),
        ]


class PayoutCheck(models.Model):
    """One look at a payout by one check. Never changed; a later look is a later row."""

    class Outcome(models.TextChoices):
        PASSED = "passed", "Nothing found"
        NOTED = "noted", "Worth a look, does not stop money"
        STOPPED = "stopped", "Stops it"

    id = models.BigAutoField(primary_key=True)
    payout = models.ForeignKey(Payout, models.PROTECT, related_name="checks")
    kind = models.CharField(max_length=30)
    outcome = models.CharField(max_length=8, choices=Outcome)
    facts = models.JSONField(default=dict)
    policy = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        db_table = "payout_check"
        indexes = [models.Index(fields=["payout", "id"], name="payout_check_of")]


class PayoutBatch(Stateful):
    """Many payouts handed over as one file; the file is written once and downloaded as often as wanted."""

    MOVES = BATCH_MOVES
    NEWS_STREAM = Stream.PAYOUT

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rail = models.CharField(max_length=12, choices=Rail)
    currency = models.CharField(max_length=5)
    reference = models.CharField(max_length=35, unique=True)
    day = models.DateField()
    number = models.SmallIntegerField()
    state = state_field(BatchState)
    count = models.IntegerField(default=0)
    total_minor = models.BigIntegerField(default=0)
    merchant_account_id = models.SlugField(max_length=60)
    execute_on = models.DateField(null=True)
    """The banking day on which the bank is asked to book it."""
    file_name = models.CharField(max_length=80, blank=True)
    file = models.BinaryField(null=True)
    file_sha256 = models.BinaryField(null=True)
    bank_ref = models.CharField(max_length=120, blank=True)
    refused_reason = models.CharField(max_length=300, blank=True)
    repairs = models.SmallIntegerField(default=0)
    repair_at = models.DateTimeField(null=True)
    """When to hand it over again or ask about it."""
    created_at = models.DateTimeField()
    transmitted_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    objects = LockedQuerySet.as_manager()

    class Meta:
        db_table = "payout_batch"
        constraints = [
            models.UniqueConstraint(
                fields=["rail", "merchant_account_id", "currency", "day", "number"], name="payout_batch_number"
            ),
            models.CheckConstraint(
                name="payout_batch_file",
                condition=Q(state__in=["BATCHED", "REFUSED"])
                | Q(file__isnull=False, file_sha256__isnull=False, count__gt=0, total_minor__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class PayoutInstruction(Stateful):
    """What a rail was told, once: at most one of a payout is ever open or done."""

    MOVES = INSTRUCTION_MOVES
    NEWS_STREAM = Stream.PAYOUT

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payout = models.ForeignKey(Payout, models.PROTECT, related_name="instructions")
    number = models.SmallIntegerField()
    reference = models.CharField(max_length=35, unique=True)
    """Our name for it at the rail; never used twice."""
    rail = models.CharField(max_length=12, choices=Rail)
    merchant_account_id = models.SlugField(max_length=60)
    """Our account at the rail by which it goes."""
    method = models.ForeignKey(PayoutMethod, models.PROTECT, related_name="+")
    """Where it went, also when the payout goes elsewhere afterwards."""
    batch = models.ForeignKey(PayoutBatch, models.PROTECT, null=True, related_name="instructions")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=5)
    state = state_field(InstructionState)
    fence = models.BigIntegerField(default=0)
    """Raised by every claim; who holds an older number may not write."""
    lease_until = models.DateTimeField(null=True)
    provider_ref = models.CharField(max_length=120, blank=True)
    code = models.CharField(max_length=40, blank=True)
    provider_text = models.CharField(max_length=300, blank=True)
    rail_fee_minor = models.BigIntegerField(default=0)
    raw = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    repairs = models.SmallIntegerField(default=0)
    repair_at = models.DateTimeField(null=True)

    objects = LockedQuerySet.as_manager()

    class Meta:
        db_table = "payout_instruction"
        constraints = [
            models.UniqueConstraint(fields=["payout", "number"], name="payout_instruction_number"),
            models.UniqueConstraint(
                fields=["payout"], name="payout_instruction_once", condition=~Q(state__in=["NOT_SENT", "REFUSED"])
            ),
            models.CheckConstraint(name="payout_instruction_amount", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="payout_instruction_sent_has_time",
                condition=Q(state__in=["PREPARED", "NOT_SENT"]) | Q(sent_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["repair_at"], name="payout_instruction_repair", condition=Q(repair_at__isnull=False)),
            models.Index(fields=["lease_until"], name="payout_instruction_lease",
                         condition=Q(lease_until__isnull=False)),
            models.Index(fields=["provider_ref"], name="payout_instruction_theirs", condition=~Q(provider_ref="")),
        ]  # fmt: skip


class PayoutSchedule(models.Model):
    """When a creator is paid without asking."""

    class Kind(models.TextChoices):
        ON_DEMAND = "on_demand", "Only when asked"
        WEEKLY = "weekly", "Every week"
        THRESHOLD = "threshold", "When enough is there"

    creator = models.ForeignKey(Party, models.PROTECT, related_name="+")
    currency = models.CharField(max_length=5)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ON_DEMAND)
    weekday = models.SmallIntegerField(default=1)
    """0 is Monday."""
    threshold_minor = models.BigIntegerField(null=True)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=120)

    class Meta:
        db_table = "payout_schedule"
        constraints = [
            models.UniqueConstraint(fields=["creator", "currency"], name="payout_schedule_once"),
            models.CheckConstraint(
                name="payout_schedule_sane",
                condition=Q(weekday__gte=0, weekday__lte=6)
                & (~Q(kind="threshold") | Q(threshold_minor__gt=0, threshold_minor__isnull=False)),
            ),
        ]
