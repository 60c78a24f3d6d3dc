"""What the database holds of freezes, the rules that place them, and notes that stop nothing."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from foundation.events.models import Stream
from foundation.identity.models import Party, Platform
from foundation.ids import uuid7
from foundation.locks import LockedQuerySet
from foundation.reasons import Reason
from foundation.states import Stateful, state_field
from payouts.freezes.states import FREEZE_MOVES, FreezeState, FreezeType, ReleasePath, Severity
from payouts.life.models import Payout


class Freeze(Stateful):
    """Some of a creator's money is stopped, with a reason they can read, an end, and what they can do."""

    MOVES = FREEZE_MOVES
    NEWS_STREAM = Stream.PAYOUT

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    creator = models.ForeignKey(Party, models.PROTECT, related_name="+")
    freeze_type = models.CharField(max_length=15, choices=FreezeType)
    state = state_field(FreezeState)
    payout = models.ForeignKey(Payout, models.PROTECT, null=True, related_name="freezes")
    platform = models.ForeignKey(Platform, models.PROTECT, null=True, related_name="+")
    product = models.CharField(max_length=20, blank=True)
    currency = models.CharField(max_length=5, blank=True)
    """Empty: every currency."""
    amount_minor = models.BigIntegerField(null=True)
    """What a segment was asked to hold; what is held stands on the ledger."""
    hold_subject = models.CharField(max_length=60, blank=True)
    """The subject of the ledger holds it is a reason of."""
    code = models.CharField(max_length=40, choices=Reason)
    severity = models.CharField(max_length=8, choices=Severity)
    facts = models.JSONField(default=dict)
    """The creator's own numbers that fill the reason's sentence."""
    action = models.CharField(max_length=40)
    """What the creator can do, by its name in the reason catalogue; `nothing` is one."""
    notes = models.TextField(blank=True)
    """For staff only."""
    path = models.CharField(max_length=13, choices=ReleasePath)
    release_at = models.DateTimeField(null=True)
    review_by = models.DateTimeField(null=True)
    conditions = models.JSONField(default=list)
    progress = models.SmallIntegerField(default=0)
    rule = models.CharField(max_length=60)
    """The rule and version that decided, or `by hand`."""
    source = models.CharField(max_length=120)
    """What caused it: a fact's name and id. One live freeze per source and scope."""
    measures = models.JSONField(default=dict)
    """What the rule looked at, as text. For staff only."""
    escalation_id = models.UUIDField(null=True)
    frozen_by = models.CharField(max_length=120)
    frozen_at = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=120, blank=True)
    release_reason = models.CharField(max_length=300, blank=True)
    was_wrong = models.BooleanField(null=True)
    """Whether a person found afterwards that it should not have been."""
    told_at = models.DateTimeField(null=True)
    """When the creator's notice was written."""

    objects = LockedQuerySet.as_manager()

    class Meta:
        db_table = "payout_freeze"
        constraints = [
            models.CheckConstraint(
                name="freeze_says_why_until_when_and_what_to_do",
                condition=~Q(code="")
                & ~Q(action="")
                & (Q(release_at__isnull=False) | Q(review_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="freeze_scope",
                condition=Q(freeze_type="PAYOUT", payout__isnull=False)
                | Q(freeze_type="WALLET_SEGMENT", amount_minor__gt=0, amount_minor__isnull=False) & ~Q(currency="")
                | Q(freeze_type="REVENUE_SOURCE", platform__isnull=False) & ~Q(product="")
                | Q(freeze_type="ACCOUNT", payout__isnull=True),
            ),
            models.CheckConstraint(name="freeze_progress", condition=Q(progress__gte=0, progress__lte=100)),
            models.CheckConstraint(
                name="freeze_never_for_little",
                condition=Q(severity__in=["MEDIUM", "HIGH", "CRITICAL"]),
            ),
            models.CheckConstraint(
                name="freeze_released_says_why",
                condition=~Q(state="RELEASED")
                | Q(released_at__isnull=False) & ~Q(released_by="") & ~Q(release_reason=""),
            ),
            models.UniqueConstraint(
                fields=["creator", "freeze_type", "source"], name="freeze_once",
                condition=~Q(state="RELEASED"),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["creator", "-id"], name="freeze_by_creator"),
            models.Index(fields=["release_at"], name="freeze_ends", condition=~Q(state="RELEASED")),
            models.Index(fields=["review_by"], name="freeze_to_review", condition=~Q(state="RELEASED")),
        ]


class FreezeRule(models.Model):
    """One trigger, as data with versions: the newest version of a name that is in force counts."""

    version = models.BigAutoField(primary_key=True)
    name = models.SlugField(max_length=60)
    measure = models.CharField(max_length=40)
    """What is looked at, by its name among the measures."""
    below = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    above = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    also = models.JSONField(default=list)
    """Further conditions that have to hold as well: measure, below, above."""
    freeze_type = models.CharField(max_length=15, choices=FreezeType)
    severity = models.CharField(max_length=8, choices=Severity)
    code = models.CharField(max_length=40, choices=Reason)
    path = models.CharField(max_length=13, choices=ReleasePath)
    action = models.CharField(max_length=40)
    hours = models.SmallIntegerField()
    """Until release or review."""
    extend_hours = models.SmallIntegerField(null=True)
    """How long escrow lasts at least from its beginning, once the freeze is lifted."""
    escalates_to = models.CharField(max_length=10, blank=True)
    is_on = models.BooleanField(default=True)
    active_from = models.DateTimeField()
    approval_id = models.UUIDField(null=True)

    class Meta:
        db_table = "freeze_rule"
        ordering = ["name", "-version"]
        constraints = [
            models.CheckConstraint(
                name="freeze_rule_looks_at_something", condition=Q(below__isnull=False) | Q(above__isnull=False)
            ),
            models.CheckConstraint(name="freeze_rule_hours", condition=Q(hours__gt=0)),
        ]


class ReviewNote(models.Model):
    """Something a person should see that does not stop money."""

    id = models.BigAutoField(primary_key=True)
    creator = models.ForeignKey(Party, models.PROTECT, related_name="+")
    payout = models.ForeignKey(Payout, models.PROTECT, null=True, related_name="notes")
    rule = models.CharField(max_length=60)
    severity = models.CharField(max_length=8, choices=Severity)
    code = models.CharField(max_length=40, choices=Reason)
    facts = models.JSONField(default=dict)
    source = models.CharField(max_length=120)
    measures = models.JSONField(default=dict)
    noted_at = models.DateTimeField()
    seen_by = models.CharField(max_length=120, blank=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "review_note"
        constraints = [models.UniqueConstraint(fields=["creator", "rule", "source"], name="review_note_once")]
        indexes = [models.Index(fields=["noted_at"], name="review_note_open", condition=Q(seen_at__isnull=True))]
