"""What the database holds of payments. Sums and single flight are constraints; the services explain them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from foundation.actors import Actor, ActorKind
from foundation.events.models import Stream
from foundation.identity.models import Party, Platform
from foundation.ids import uuid7
from foundation.locks import LockedQuerySet
from foundation.money import Money
from foundation.states import Stateful, state_field
from processors.gateways.types import Code, DeclineClass, Operation, Result
from processors.payments.states import (
    ATTEMPT_MOVES,
    OPEN_ATTEMPTS,
    PAYMENT_MOVES,
    SUBSCRIPTION_MOVES,
    AttemptState,
    PaymentState,
    SubscriptionState,
)

if TYPE_CHECKING:
    from typing import Self

POSITIVE = Q(amount_minor__gt=0)


class MerchantAccount(models.Model):
    """An account of ours with a provider. Its secrets lie outside the database, under its slug."""

    slug = models.SlugField(primary_key=True, max_length=40)
    provider = models.CharField(max_length=20)
    settings = models.JSONField(default=dict)
    currencies = ArrayField(models.CharField(max_length=5))
    platforms = models.ManyToManyField(Platform, blank=True, related_name="+")
    """None named: every platform."""
    rank = models.SmallIntegerField(default=100)
    is_open = models.BooleanField(default=True)

    class Meta:
        db_table = "merchant_account"
        ordering = ["rank", "slug"]

    def __str__(self) -> str:
        return self.slug


class Instrument(models.Model):
    """What a fan can be charged by again: a provider's token, and as much of the card as may be kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+", db_index=False)
    merchant_account = models.ForeignKey(MerchantAccount, models.PROTECT, related_name="+", db_index=False)
    token = models.CharField(max_length=200)
    brand = models.CharField(max_length=20, blank=True)
    first6 = models.CharField(max_length=8, blank=True)
    last4 = models.CharField(max_length=4, blank=True)
    expires = models.CharField(max_length=4, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    is_usable = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "instrument"
        indexes = [models.Index(fields=["fingerprint"], name="instrument_fingerprint", condition=~Q(fingerprint=""))]
        constraints = [
            models.UniqueConstraint(fields=["merchant_account", "token"], name="instrument_token"),
            models.CheckConstraint(name="instrument_no_card", condition=~Q(token__regex=r"^[0-9]{12,19}$")),  # noqa: S106 - a pattern
        ]

    def __str__(self) -> str:
        return f"{self.brand or 'card'} ending {self.last4}"


class PaymentQuerySet(LockedQuerySet["Payment"]):
    def visible_to(self, actor: Actor) -> Self:
        """A platform's program sees its platform's; people only through pages that say who may."""
        return self.filter(platform_id=actor.platform) if actor.kind is ActorKind.CLIENT else self


class Payment(Stateful):
    """What a fan is to pay, from the wish to the last refund."""

    MOVES = PAYMENT_MOVES
    NEWS_STREAM = Stream.TXN

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+", db_index=False)
    fan = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    creator = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    reference = models.CharField(max_length=120)
    """The platform's own name for it."""
    product = models.CharField(max_length=20)
    content_id = models.UUIDField(null=True)
    amount_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=5)
    jurisdiction = models.CharField(max_length=20, default="none")
    description = models.CharField(max_length=200, blank=True)
    method = models.CharField(max_length=10)
    coin = models.CharField(max_length=5, blank=True)
    return_url = models.URLField(max_length=500, blank=True)
    device = models.CharField(max_length=64, blank=True)
    ip = models.GenericIPAddressField(null=True)
    state = state_field(PaymentState, is_indexed=False)
    merchant_account = models.ForeignKey(MerchantAccount, models.PROTECT, null=True, related_name="+", db_index=False)
    instrument = models.ForeignKey(Instrument, models.PROTECT, null=True, related_name="+", db_index=False)
    subscription = models.ForeignKey("Subscription", models.PROTECT, null=True, related_name="payments", db_index=False)
    action = models.JSONField(null=True)
    """What the buyer has to do while REQUIRES_ACTION."""
    routing = models.JSONField(default=list)
    """Why this way and no other, in the order it was asked."""
    decline_code = models.CharField(max_length=40, blank=True)
    captured_minor = models.BigIntegerField(default=0)
    refunds_minor = models.BigIntegerField(default=0)
    """Refunds given or under way."""
    disputed_minor = models.BigIntegerField(default=0)
    """In open and lost disputes."""
    is_paid_back_twice = models.BooleanField(default=False)
    """A bank or provider gave back more than was left, on its own."""
    is_counted = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    captured_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    review_until = models.DateTimeField(null=True)
    approval_id = models.UUIDField(null=True)
    """The request under which a person looks at it."""
    sale_journal = models.UUIDField(null=True)
    """The journal of the sale; another one when it was captured again."""

    objects = PaymentQuerySet.as_manager()

    class Meta:
        db_table = "payment"
        constraints = [
            models.UniqueConstraint(fields=["platform", "reference"], name="payment_reference"),
            models.CheckConstraint(
                name="payment_amounts",
                condition=POSITIVE
                & Q(
                    tax_minor__gte=0,
                    tax_minor__lt=F("amount_minor"),
                    captured_minor__gte=0,
                    refunds_minor__gte=0,
                    disputed_minor__gte=0,
                ),
            ),
            models.CheckConstraint(
                name="payment_never_given_back_twice",
                condition=Q(captured_minor__gte=F("refunds_minor") + F("disputed_minor")) | Q(is_paid_back_twice=True),
            ),
            models.CheckConstraint(
                name="payment_captured_when_taken",
                condition=~Q(state__in=["CAPTURED", "SETTLED", "VOIDED"])
                | Q(captured_minor__gt=0, captured_at__isnull=False, sale_journal__isnull=False),
            ),
            models.CheckConstraint(name="payment_method", condition=Q(method__in=["card", "crypto"])),
            models.CheckConstraint(
                name="payment_review_ends", condition=~Q(state="IN_REVIEW") | Q(review_until__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["platform", "-id"], name="payment_by_platform"),
            models.Index(fields=["fan", "-created_at"], name="payment_by_fan"),
            models.Index(fields=["creator", "-created_at"], name="payment_by_creator"),
            models.Index(fields=["instrument", "-created_at"], name="payment_by_instrument",
                         condition=Q(instrument__isnull=False)),
            models.Index(fields=["device", "-created_at"], name="payment_by_device", condition=~Q(device="")),
            models.Index(fields=["subscription"], name="payment_by_subscription",
                         condition=Q(subscription__isnull=False)),
            models.Index(fields=["merchant_account", "-id"], name="payment_by_account",
                         condition=Q(merchant_account__isnull=False)),
            # What most payments are most of the time is read without it.
            models.Index(fields=["state", "-id"], name="payment_in_rare_state",
                         condition=~Q(state__in=["CREATED", "ROUTED", "CAPTURED", "SETTLED"])),
            models.Index(fields=["expires_at"], name="payment_due_to_expire",
                         condition=Q(state__in=["CREATED", "ROUTED", "REQUIRES_ACTION"])),
            models.Index(fields=["review_until"], name="payment_in_review", condition=Q(state="IN_REVIEW")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.amount} {self.state}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def refundable(self) -> Money:
        return Money(max(self.captured_minor - self.refunds_minor - self.disputed_minor, 0), self.currency)


class ChargeWarrant(models.Model):
    """The judgement without which nothing is charged; written by the room above, used by one attempt."""

    class Verdict(models.TextChoices):
        ALLOW = "allow", "May be charged"
        REVIEW = "review", "A person looks first"
        REFUSE = "refuse", "May not be charged"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="warrants")
    verdict = models.CharField(max_length=8, choices=Verdict)
    most_minor = models.BigIntegerField()
    currency = models.CharField(max_length=5)
    instrument = models.ForeignKey(Instrument, models.PROTECT, null=True, related_name="+", db_index=False)
    reasons = models.JSONField(default=list)
    policy = models.CharField(max_length=40)
    granted_by = models.CharField(max_length=120)
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "charge_warrant"

    def __str__(self) -> str:
        return f"{self.verdict} up to {self.most_minor} {self.currency}"


class Attempt(Stateful):
    """One try to charge. It is recorded before anything leaves the house, under a reference no other try has."""

    MOVES = ATTEMPT_MOVES
    NEWS_STREAM = Stream.TXN

    class Origin(models.TextChoices):
        OURS = "ours", "We asked"
        PROVIDER = "provider", "The provider charged by itself"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="attempts", db_index=False)
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+", db_index=False)
    number = models.SmallIntegerField()
    operation = models.CharField(max_length=20, choices=[(str(one), str(one)) for one in Operation])
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.OURS)
    warrant = models.OneToOneField(ChargeWarrant, models.PROTECT, null=True)
    merchant_account = models.ForeignKey(MerchantAccount, models.PROTECT, related_name="+", db_index=False)
    provider = models.CharField(max_length=20)
    reference = models.CharField(max_length=60)
    provider_ref = models.CharField(max_length=120, blank=True)
    transaction_ref = models.CharField(max_length=120, blank=True)
    """The provider's number of this one movement, where the charge goes by another."""
    token = models.CharField(max_length=200, blank=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=5)
    state = state_field(AttemptState, is_indexed=False)
    result = models.CharField(max_length=16, blank=True, choices=[(str(one), str(one)) for one in Result])
    code = models.CharField(max_length=40, blank=True, choices=[(str(one), str(one)) for one in Code])
    decline_class = models.CharField(max_length=16, blank=True, choices=[(str(one), str(one)) for one in DeclineClass])
    provider_code = models.CharField(max_length=40, blank=True)
    provider_text = models.CharField(max_length=300, blank=True)
    raw = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    latency_ms = models.IntegerField(null=True)
    send_at = models.DateTimeField(null=True)
    """Since when it waits to be sent by whoever comes first: a person allowed it."""
    repairs = models.SmallIntegerField(default=0)
    repair_at = models.DateTimeField(null=True)

    objects = LockedQuerySet.as_manager()

    class Meta:
        db_table = "payment_attempt"
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="attempt_reference"),
            models.UniqueConstraint(fields=["payment", "number"], name="attempt_number"),
            models.UniqueConstraint(
                fields=["payment"], name="attempt_one_in_flight", condition=Q(state__in=[str(s) for s in OPEN_ATTEMPTS])
            ),
            models.UniqueConstraint(
                fields=["provider", "provider_ref", "operation"],
                name="attempt_provider_ref",
                condition=~Q(provider_ref=""),
            ),
            models.CheckConstraint(
                name="attempt_has_warrant", condition=Q(origin="provider") | Q(warrant__isnull=False)
            ),
            models.CheckConstraint(name="attempt_amount", condition=POSITIVE),
            models.CheckConstraint(
                name="attempt_sent_when_left",
                condition=Q(state="PREPARED") | Q(sent_at__isnull=False) | Q(result="not_sent"),
            ),
            models.CheckConstraint(
                name="attempt_answer_has_result", condition=~Q(state__in=["ANSWERED", "REPAIRED"]) | ~Q(result="")
            ),
        ]
        indexes = [
            models.Index(fields=["repair_at"], name="attempt_to_repair", condition=Q(repair_at__isnull=False)),
            models.Index(fields=["sent_at"], name="attempt_on_its_way", condition=Q(state="SENT")),
            models.Index(
                fields=["provider", "transaction_ref"], name="attempt_transaction", condition=~Q(transaction_ref="")
            ),
            models.Index(fields=["send_at"], name="attempt_to_send", condition=Q(send_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.reference


class Subscription(Stateful):
    """A fan pays a creator again every period; the provider bills, or we do with a token."""

    MOVES = SUBSCRIPTION_MOVES
    NEWS_STREAM = Stream.TXN

    class BilledBy(models.TextChoices):
        PROVIDER = "provider", "The provider bills by itself"
        US = "us", "We charge the saved card"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    fan = models.ForeignKey(Party, models.PROTECT, related_name="+")
    creator = models.ForeignKey(Party, models.PROTECT, related_name="+")
    reference = models.CharField(max_length=120)
    amount_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=5)
    jurisdiction = models.CharField(max_length=20, default="none")
    period_days = models.SmallIntegerField()
    billed_by = models.CharField(max_length=8, choices=BilledBy)
    merchant_account = models.ForeignKey(MerchantAccount, models.PROTECT, null=True, related_name="+")
    provider_ref = models.CharField(max_length=120, blank=True)
    instrument = models.ForeignKey(Instrument, models.PROTECT, null=True, related_name="+")
    state = state_field(SubscriptionState)
    created_at = models.DateTimeField()
    paid_until = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    failures = models.SmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    """The provider's own time of the newest thing it told; what is older changes nothing."""

    objects = LockedQuerySet.as_manager()

    class Meta:
        db_table = "subscription"
        constraints = [
            models.UniqueConstraint(fields=["platform", "reference"], name="subscription_reference"),
            models.UniqueConstraint(
                fields=["merchant_account", "provider_ref"],
                name="subscription_provider_ref",
                condition=~Q(provider_ref=""),
            ),
            models.CheckConstraint(
                name="subscription_amounts",
                condition=POSITIVE & Q(tax_minor__gte=0, tax_minor__lt=F("amount_minor"), period_days__range=(1, 366)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["paid_until"], name="subscription_due", condition=Q(state__in=["ACTIVE", "CANCELLED"])
            ),
            models.Index(fields=["retry_at"], name="subscription_retry", condition=Q(retry_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{Money(self.amount_minor, self.currency)} every {self.period_days} days"
