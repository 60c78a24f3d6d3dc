from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from foundation.events.models import Stream
from foundation.hooks.states import ENDPOINT_MOVES, DeliveryState, EndpointState
from foundation.identity.models import Platform
from foundation.ids import uuid7
from foundation.locks import LockedQuerySet
from foundation.states import Stateful, state_field

MOST_ENDPOINTS = 10


class Endpoint(Stateful):
    """An address of one platform that is told the topics it chose, signed with its own secret."""

    MOVES = ENDPOINT_MOVES
    NEWS_STREAM = Stream.OPS

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="hook_endpoints")
    slot = models.SmallIntegerField(null=True)
    url = models.CharField(max_length=500)
    name = models.CharField(max_length=80, blank=True)
    topics = ArrayField(models.CharField(max_length=60))
    state = state_field(EndpointState, is_indexed=False)
    why = models.CharField(max_length=200, blank=True)
    secret = models.BinaryField()
    previous_secret = models.BinaryField(null=True)
    previous_until = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    tests = models.IntegerField(default=0)
    created_at = models.DateTimeField()

    objects = LockedQuerySet.as_manager()

    class Meta:
        db_table = "hook_endpoint"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["platform", "slot"], name="hook_endpoint_slot"),
            models.CheckConstraint(name="hook_endpoint_few", condition=Q(slot__range=(1, MOST_ENDPOINTS))),
            models.CheckConstraint(
                name="hook_endpoint_removed",
                condition=Q(state=EndpointState.REMOVED, slot=None) | ~Q(state=EndpointState.REMOVED) & ~Q(slot=None),
            ),
            models.CheckConstraint(
                name="hook_endpoint_previous",
                condition=Q(previous_secret=None, previous_until=None)
                | Q(previous_secret__isnull=False, previous_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.url


class Message(models.Model):
    """What a platform is told, once, byte by byte as it is signed; written with the news it comes from."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    platform_id = models.UUIDField()
    event_id = models.BigIntegerField(null=True)
    type = models.CharField(max_length=60)
    about = models.CharField(max_length=120)
    sequence = models.BigIntegerField()
    body = models.TextField()
    told_at = models.DateTimeField()

    class Meta:
        db_table = "hook_message"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["platform_id", "event_id"], name="hook_message_once")]
        indexes = [BrinIndex(fields=["told_at"], name="hook_message_by_time")]

    def __str__(self) -> str:
        return f"{self.type} {self.about}"

    @property
    def webhook_id(self) -> str:
        return f"msg_{self.pk.hex}"


class Delivery(models.Model):
    """One message on its way to one endpoint. `version` is its fence: it rises with each claim and each outcome."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="deliveries", db_index=False)
    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries")
    platform_id = models.UUIDField()
    about = models.CharField(max_length=120)
    sequence = models.BigIntegerField()
    state = models.CharField(max_length=9, choices=DeliveryState, default=DeliveryState.DUE)
    version = models.IntegerField(default=1)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    tries = models.SmallIntegerField(default=0)
    first_tried_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    last_status = models.SmallIntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=20, blank=True)

    class Meta:
        db_table = "hook_delivery"
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "message"], name="hook_delivery_once"),
            models.CheckConstraint(
                name="hook_delivery_held",
                condition=Q(state=DeliveryState.SENDING, lease_until__isnull=False)
                | ~Q(state=DeliveryState.SENDING) & Q(lease_until=None),
            ),
            models.CheckConstraint(
                name="hook_delivery_done",
                condition=Q(state__in=[DeliveryState.DELIVERED, DeliveryState.GIVEN_UP], done_at__isnull=False)
                | Q(state__in=[DeliveryState.DUE, DeliveryState.SENDING], done_at=None),
            ),
        ]
        indexes = [
            models.Index(fields=["endpoint", "due_at", "id"], condition=Q(state="DUE"), name="hook_delivery_due"),
            models.Index(
                fields=["endpoint", "about", "sequence"],
                condition=Q(state__in=["DUE", "SENDING"]),
                name="hook_delivery_order",
            ),
            models.Index(fields=["lease_until"], condition=Q(state="SENDING"), name="hook_delivery_leases"),
            models.Index(fields=["endpoint", "-id"], name="hook_delivery_list"),
            models.Index(fields=["platform_id", "-id"], name="hook_delivery_of_platform"),
            models.Index(fields=["endpoint"], condition=Q(state="GIVEN_UP"), name="hook_delivery_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.about} {self.sequence}"


class Attempt(models.Model):
    """One try: when, how long, and what was answered. Written once."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="attempts", db_index=False)
    platform_id = models.UUIDField()
    at = models.DateTimeField()
    milliseconds = models.IntegerField()
    status = models.SmallIntegerField(null=True)
    error = models.CharField(max_length=20, blank=True)
    said = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "hook_attempt"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="hook_attempt_outcome", condition=Q(status__isnull=False, error="") | Q(status=None) & ~Q(error="")
            )
        ]
        indexes = [models.Index(fields=["endpoint", "at"], name="hook_attempt_recent")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.status or self.error}"
