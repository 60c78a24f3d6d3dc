from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from foundation.identity.models import Party, Platform
from foundation.ids import uuid7
from products.content.types import Act, By, Kind, Source


class Content(models.Model):
    """One thing a creator offers, by the name its platform gave it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=120)
    creator = models.ForeignKey(Party, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    title = models.CharField(max_length=200, blank=True)
    price_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=5, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "content"
        verbose_name_plural = "content"
        constraints = [
            models.UniqueConstraint(fields=["platform", "external_id"], name="content_external_id"),
            models.CheckConstraint(
                name="content_price",
                condition=Q(price_minor=None, currency="") | Q(price_minor__gte=0) & ~Q(currency=""),
            ),
        ]
        indexes = [models.Index(fields=["platform", "-id"], name="content_by_platform")]

    def __str__(self) -> str:
        return self.title or self.external_id


class ContentAccess(models.Model):
    """A fan may see this, since when and until when; how much of it was seen, first on which device."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=120, blank=True)
    content = models.ForeignKey(Content, models.PROTECT, related_name="accesses")
    fan = models.ForeignKey(Party, models.PROTECT, related_name="+")
    payment = models.ForeignKey("processors.Payment", models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=8, choices=Source)
    given_at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=20, blank=True)
    seen_percent = models.SmallIntegerField(default=0)
    first_seen_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    device = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "content_access"
        verbose_name_plural = "content accesses"
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "external_id"], name="content_access_external_id", condition=~Q(external_id="")
            ),
            models.UniqueConstraint(fields=["payment"], name="content_access_payment"),
            models.CheckConstraint(name="content_access_seen", condition=Q(seen_percent__range=(0, 100))),
            models.CheckConstraint(name="content_access_period", condition=Q(until=None) | Q(until__gt=F("given_at"))),
            models.CheckConstraint(
                name="content_access_ended",
                condition=Q(ended_at=None, ended_because="") | Q(ended_at__isnull=False) & ~Q(ended_because=""),
            ),
            models.CheckConstraint(
                name="content_access_paid", condition=~Q(source="payment") | Q(payment__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["platform", "-id"], name="content_access_by_platform"),
            models.Index(fields=["content", "fan"], name="content_access_who"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.content_id} for {self.fan_id}"


class ContentAction(models.Model):
    """Who did what about a piece of content, and when. Appended, a partition for each month."""

    id = models.BigAutoField(primary_key=True)
    platform = models.ForeignKey(Platform, models.DO_NOTHING, related_name="+")
    external_id = models.CharField(max_length=120)
    content = models.ForeignKey(Content, models.DO_NOTHING, related_name="+")
    act = models.CharField(max_length=12, choices=Act)
    by_kind = models.CharField(max_length=10, choices=By)
    by = models.CharField(max_length=120)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        managed = False
        db_table = "content_action"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.act} {self.external_id}"


class ContentActionKey(models.Model):
    """The names of all actions ever told, over all partitions: the same one again is known."""

    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=120)
    said = models.BinaryField()
    """What it said, hashed: another action under a known name is refused."""

    class Meta:
        db_table = "content_action_key"
        constraints = [models.UniqueConstraint(fields=["platform", "external_id"], name="content_action_once")]

    def __str__(self) -> str:
        return self.external_id
