from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Stream(models.TextChoices):
    TXN = "txn", "Payments, disputes, settlements, trust decisions"
    PAYOUT = "payout", "Payouts, freezes, escrows"
    FRAUD = "fraud", "Cases, actions, appeals"
    ACCOUNT = "account", "Parties and users"
    OPS = "ops", "Rules, switches, approvals, alerts, seal blocks"


class Newsworthy(models.Model):
    """A row that news is told about: its news are numbered 1..n without a gap."""

    NEWS_STREAM: Stream

    news_seq = models.BigIntegerField(default=0, editable=False)

    class Meta:
        abstract = True


class Outbox(models.Model):
    """News that became true with the transaction that wrote it; Redis only carries its number."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now())
    stream = models.CharField(max_length=10, choices=Stream)
    type = models.CharField(max_length=60)
    version = models.SmallIntegerField()
    aggregate_type = models.CharField(max_length=60)
    aggregate_id = models.CharField(max_length=80)
    sequence = models.BigIntegerField()
    platform_id = models.UUIDField(null=True)
    payload = models.JSONField()
    relayed_at = models.DateTimeField(null=True)
    position = models.BigIntegerField(null=True)

    class Meta:
        managed = False
        db_table = "outbox"
        ordering = ["id"]
        verbose_name = "news"
        verbose_name_plural = "news (outbox)"

    def __str__(self) -> str:
        return f"#{self.pk} {self.type}"


class StreamMark(models.Model):
    """How far a stream is: places given so far, and the floor below which every group has done its work."""

    stream = models.CharField(max_length=10, primary_key=True, choices=Stream)
    placed = models.BigIntegerField(default=0)
    floor = models.BigIntegerField(default=0)

    class Meta:
        db_table = "stream_mark"
        constraints = [
            models.CheckConstraint(
                name="stream_mark_order", condition=models.Q(floor__gte=0, floor__lte=models.F("placed"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.stream}: {self.floor} of {self.placed}"
