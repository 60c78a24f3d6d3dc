"""What the database holds of creators' integrity scores."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from foundation.events.models import Newsworthy, Stream
from foundation.identity.models import Party
from foundation.ids import uuid7


class IntegrityRecord(models.Model):
    """A score as it was found, with all it was found by, so that it can be found again. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    creator = models.ForeignKey(Party, models.PROTECT, related_name="+")
    score = models.SmallIntegerField()
    components = models.JSONField()
    """The six parts, 0 to 100 each, as text with one decimal."""
    level = models.CharField(max_length=8)
    flags = ArrayField(models.CharField(max_length=40), default=list)
    inputs = models.JSONField()
    policy = models.CharField(max_length=40)
    reason = models.CharField(max_length=60)
    """What caused it: the hour, a refund, a dispute."""
    at = models.DateTimeField()

    class Meta:
        db_table = "integrity_record"
        constraints = [
            models.CheckConstraint(name="integrity_record_range", condition=Q(score__gte=0, score__lte=1000)),
        ]
        indexes = [models.Index(fields=["creator", "-at"], name="integrity_record_by_creator")]

    def __str__(self) -> str:
        return f"{self.score} of 1000"


class IntegrityScore(Newsworthy):
    """Where a creator stands now; it moves with a new record when the score or a flag changes."""

    NEWS_STREAM = Stream.PAYOUT

    creator = models.OneToOneField(Party, models.PROTECT, primary_key=True, related_name="+")
    record = models.ForeignKey(IntegrityRecord, models.PROTECT, related_name="+")
    score = models.SmallIntegerField(db_index=True)
    level = models.CharField(max_length=8)

    class Meta:
        db_table = "integrity_score"
        constraints = [
            models.CheckConstraint(name="integrity_score_range", condition=Q(score__gte=0, score__lte=1000)),
        ]

    def __str__(self) -> str:
        return f"{self.score} of 1000"
