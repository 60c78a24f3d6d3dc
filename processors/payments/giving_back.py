"""What the database holds of money given back: refunds we give, disputes banks open."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from foundation.events.models import Stream
from foundation.identity.models import Platform
from foundation.ids import uuid7
from foundation.locks import LockedQuerySet
from foundation.money import Money
from foundation.states import Stateful, state_field
from processors.gateways.types import Code
from processors.payments.models import POSITIVE, MerchantAccount, Payment
from processors.payments.states import DISPUTE_MOVES, REFUND_MOVES, DisputeState, RefundState


class Refund(Stateful):
    """Some or all of a payment goes back to the fan."""

    MOVES = REFUND_MOVES
    NEWS_STREAM = Stream.TXN

    class Origin(models.TextChoices):
        OURS = "ours", "We gave it"
        PROVIDER = "provider", "The provider gave it by itself"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    merchant_account = models.ForeignKey(MerchantAccount, models.PROTECT, related_name="+")
    provider = models.CharField(max_length=20)
    reference = models.CharField(max_length=60, unique=True)
    provider_ref = models.CharField(max_length=120, blank=True)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.OURS)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=5)
    reason = models.CharField(max_length=300)
    fee_policy = models.CharField(max_length=10, default="returned")
    state = state_field(RefundState)
    is_void = models.BooleanField(default=False)
    """The whole charge was taken back before it settled."""
    requested_by = models.CharField(max_length=120)
    approval_id = models.UUIDField(null=True)
    code = models.CharField(max_length=40, blank=True, choices=[(str(one), str(one)) for one in Code])
    provider_text = models.CharField(max_length=300, blank=True)
    raw = models.JSONField(default=dict)
    proof = models.CharField(max_length=200, blank=True)
    """How a refund by hand is proved: a transaction id, a bank's reference."""
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    repairs = models.SmallIntegerField(default=0)
    repair_at = models.DateTimeField(null=True)

    objects = LockedQuerySet.as_manager()

    class Meta:
        db_table = "refund"
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "provider_ref"], name="refund_provider_ref", condition=~Q(provider_ref="")
            ),
            models.CheckConstraint(name="refund_amount", condition=POSITIVE),
            models.CheckConstraint(
                name="refund_done_has_time",
                condition=~Q(state__in=["SUCCEEDED", "MANUAL_SETTLED"]) | Q(done_at__isnull=False),
            ),
            models.CheckConstraint(name="refund_by_hand_proved", condition=~Q(state="MANUAL_SETTLED") | ~Q(proof="")),
        ]
        indexes = [
            models.Index(fields=["platform", "-id"], name="refund_by_platform"),
            models.Index(fields=["repair_at"], name="refund_to_repair", condition=Q(repair_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.state}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class Dispute(Stateful):
    """A bank took a payment back."""

    MOVES = DISPUTE_MOVES
    NEWS_STREAM = Stream.TXN

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="disputes")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    provider = models.CharField(max_length=20)
    provider_ref = models.CharField(max_length=120)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=5)
    reason = models.CharField(max_length=300, blank=True)
    state = state_field(DisputeState)
    opened_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    """When the provider says it happened."""
    ended_at = models.DateTimeField(null=True)

    objects = LockedQuerySet.as_manager()

    class Meta:
        db_table = "dispute"
        constraints = [
            models.UniqueConstraint(fields=["provider", "provider_ref"], name="dispute_provider_ref"),
            models.CheckConstraint(name="dispute_amount", condition=POSITIVE & Q(fee_minor__gte=0)),
        ]
        indexes = [
            models.Index(fields=["platform", "-id"], name="dispute_by_platform"),
            models.Index(fields=["opened_at"], name="dispute_by_time"),
        ]

    def __str__(self) -> str:
        return f"{Money(self.amount_minor, self.currency)} {self.state}"
