"""Limits in their versions, every decision with its numbers, and minute sums where single rows would be too many."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from foundation.approvals.models import Approval
from foundation.events.models import Newsworthy, Stream
from foundation.identity.models import Platform
from foundation.ids import uuid7
from trust.types import MOST_WINDOW, Act, Limit, Subject, Verdict


class TrustLimit(Newsworthy):
    """One version of a limit. It holds until the next of its name; one without a bound lifts it. Rows stay."""

    NEWS_STREAM = Stream.OPS

    version = models.BigAutoField(primary_key=True)
    name = models.SlugField(max_length=60)
    act = models.CharField(max_length=8, choices=Act)
    subject = models.CharField(max_length=8, choices=Subject)
    platform = models.ForeignKey(Platform, models.PROTECT, null=True, blank=True, related_name="+")
    currency = models.CharField(max_length=5, blank=True)
    window_seconds = models.IntegerField(default=0)
    most_count = models.IntegerField(null=True, blank=True)
    most_minor = models.BigIntegerField(null=True, blank=True)
    verdict = models.CharField(max_length=8, choices=Verdict)
    is_strict = models.BooleanField(default=False)
    active_from = models.DateTimeField()
    approval = models.ForeignKey(Approval, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "trust_limit"
        ordering = ["name", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["name", "active_from"], name="trust_limit_once"),
            models.UniqueConstraint(fields=["approval"], name="trust_limit_approval"),
            models.CheckConstraint(
                name="trust_limit_bounds",
                condition=(Q(most_count=None) | Q(most_count__gte=0, currency=""))
                & (Q(most_minor=None) | Q(most_minor__gte=0) & ~Q(currency=""))
                & Q(window_seconds__gte=0, window_seconds__lte=int(MOST_WINDOW.total_seconds()))
                & (Q(most_count=None) | Q(window_seconds__gt=0)),
            ),
            models.CheckConstraint(
                name="trust_limit_verdict", condition=Q(verdict="review") | Q(verdict="refuse", act="charge")
            ),
            models.CheckConstraint(
                name="trust_limit_subject",
                condition=Q(act="charge", subject__in=Subject.values)
                | Q(act="refund", subject__in=["fan", "platform", "all"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.version})"

    def as_limit(self) -> Limit:
        return Limit(
            version=self.pk, name=self.name, act=Act(self.act), subject=Subject(self.subject),
            verdict=Verdict(self.verdict), active_from=self.active_from, window_seconds=self.window_seconds,
            currency=self.currency, most_count=self.most_count, most_minor=self.most_minor,
            platform_id=self.platform_id, is_strict=self.is_strict,
        )  # fmt: skip


COUNTED = ~Q(verdict="refuse")


class TrustDecision(models.Model):
    """One judgement with everything it was made of. Written once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    act = models.CharField(max_length=8, choices=Act)
    payment_id = models.UUIDField(db_index=True)
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+", db_index=False)
    fan_id = models.UUIDField()
    creator_id = models.UUIDField()
    card = models.CharField(max_length=64, blank=True)
    device = models.CharField(max_length=64, blank=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=5)
    verdict = models.CharField(max_length=8, choices=Verdict)
    is_counted = models.BooleanField(default=True)
    reasons = models.JSONField(default=list)
    features = models.JSONField(default=dict)
    policy = models.CharField(max_length=40)
    latency_us = models.IntegerField()
    judged_by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        db_table = "trust_decision"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="trust_decision_sane", condition=Q(amount_minor__gt=0, latency_us__gte=0, act__in=Act.values)
            ),
            models.CheckConstraint(name="trust_decision_gives_reasons", condition=Q(verdict="allow") | ~Q(reasons=[])),
        ]
        indexes = [
            models.Index(fields=["fan_id", "at"], name="trust_decision_fan", condition=COUNTED),
            models.Index(fields=["card", "at"], name="trust_decision_card", condition=COUNTED & ~Q(card="")),
            models.Index(fields=["device", "at"], name="trust_decision_device", condition=COUNTED & ~Q(device="")),
            models.Index(
                fields=["platform", "-id"], name="trust_decision_to_look_at", condition=~Q(verdict="allow")
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.verdict} {self.act} of {self.payment_id}"


class TrustNotTaken(models.Model):
    """A payment that was allowed and ended without money: a try that is counted, an amount that is not."""

    payment_id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "trust_not_taken"

    def __str__(self) -> str:
        return str(self.payment_id)


class TrustTally(models.Model):
    """What one platform, or all, had in one minute: sums of decisions, kept with them in one transaction."""

    act = models.CharField(max_length=8, choices=Act)
    who = models.CharField(max_length=36)
    currency = models.CharField(max_length=5)
    minute = models.DateTimeField()
    count = models.IntegerField()
    amount_minor = models.BigIntegerField()

    class Meta:
        db_table = "trust_tally"
        constraints = [models.UniqueConstraint(fields=["act", "who", "minute", "currency"], name="trust_tally_once")]

    def __str__(self) -> str:
        return f"{self.who} {self.minute:%H:%M}"
