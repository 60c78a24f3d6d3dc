"""Calls as they came, and what each told once and for all."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from foundation.events.models import Stream
from foundation.ids import uuid7
from foundation.locks import LockedQuerySet
from foundation.states import Stateful, state_field
from processors.gateways.types import EventKind, Proof
from processors.payments.models import MerchantAccount, Payment
from processors.webhooks.states import CALL_MOVES, TOLD_MOVES, CallState, ToldState


class WebhookCall(Stateful):
    """One call of a provider, byte by byte, whatever it is worth."""

    MOVES = CALL_MOVES
    NEWS_STREAM = Stream.TXN

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.CharField(max_length=20)
    body = models.BinaryField()
    body_sha256 = models.BinaryField()
    headers = models.JSONField(default=dict)
    query = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)
    received_at = models.DateTimeField()
    state = state_field(CallState, is_indexed=False)
    proof = models.CharField(max_length=10, blank=True, choices=[(str(one), str(one)) for one in Proof])
    why = models.CharField(max_length=200, blank=True)
    claimed_until = models.DateTimeField(null=True)

    objects = LockedQuerySet.as_manager()

    class Meta:
        db_table = "webhook_call"
        indexes = [
            models.Index(fields=["received_at"], name="webhook_call_due", condition=Q(state="RECEIVED")),
            models.Index(fields=["provider", "-id"], name="webhook_call_by_provider"),
            models.Index(fields=["-id"], name="webhook_call_refused", condition=Q(state="REJECTED")),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.received_at:%Y-%m-%d %H:%M:%S}"


class ProviderTold(Stateful):
    """One thing a provider told, once for ever by its key; telling it again only counts."""

    MOVES = TOLD_MOVES
    NEWS_STREAM = Stream.TXN

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    call = models.ForeignKey(WebhookCall, models.PROTECT, null=True, related_name="told")
    provider = models.CharField(max_length=20)
    merchant_account = models.ForeignKey(MerchantAccount, models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=24, choices=[(str(one), str(one)) for one in EventKind])
    is_proved = models.BooleanField()
    is_to_ask = models.BooleanField(default=False)
    reference = models.CharField(max_length=60, blank=True)
    provider_ref = models.CharField(max_length=120, blank=True)
    subscription_ref = models.CharField(max_length=120, blank=True)
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=5, blank=True)
    facts = models.JSONField(default=dict)
    occurred_at = models.DateTimeField(null=True)
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="told", db_index=False)
    state = state_field(ToldState, is_indexed=False)
    times_told = models.IntegerField(default=1)
    tries = models.SmallIntegerField(default=0)
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    why = models.CharField(max_length=300, blank=True)
    received_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    objects = LockedQuerySet.as_manager()

    class Meta:
        db_table = "provider_told"
        constraints = [
            models.UniqueConstraint(fields=["provider", "key"], name="provider_told_once"),
            models.CheckConstraint(
                name="provider_told_amount",
                condition=Q(amount_minor=None, currency="") | Q(amount_minor__isnull=False) & ~Q(currency=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["is_to_ask", "due_at"], name="provider_told_due", condition=Q(state__in=["DUE", "PARKED"])
            ),
            models.Index(fields=["payment", "id"], name="provider_told_by_payment"),
            models.Index(
                fields=["state", "-id"], name="provider_told_left", condition=~Q(state__in=["APPLIED", "STALE"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind} {self.key}"

    @property
    def event_key(self) -> str:
        """The provider's own key; what is not proved is stored under more than that."""
        return str(self.facts.get("key", self.key))
