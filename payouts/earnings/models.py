"""What the database holds of the daily runs that make pending earnings available."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from foundation.identity.models import Party, Platform
from foundation.ids import uuid7


class EarningsLine(models.Model):
    """What one creator earned on one platform by one product and what of it settles on one day."""

    class Status(models.TextChoices):
        SETTLED = "settled", "Available"
        STOPPED = "stopped", "A freeze of this source keeps it pending"
        CARRIED = "carried", "Was stopped; a later line of the same source settled it"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    creator = models.ForeignKey(Party, models.PROTECT, related_name="+")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    product = models.CharField(max_length=20)
    currency = models.CharField(max_length=5)
    settles_on = models.DateField()
    amount_minor = models.BigIntegerField()
    status = models.CharField(max_length=8, choices=Status)
    freeze_id = models.UUIDField(null=True)
    journal_id = models.UUIDField(null=True)
    run_at = models.DateTimeField()

    class Meta:
        db_table = "earnings_line"
        constraints = [
            models.UniqueConstraint(
                fields=["creator", "platform", "product", "currency", "settles_on"], name="earnings_line_once"
            ),
            models.CheckConstraint(
                name="earnings_line_settled_is_booked",
                condition=Q(amount_minor__gt=0)
                & (
                    Q(status="settled", journal_id__isnull=False)
                    | Q(status="stopped", freeze_id__isnull=False)
                    | Q(status="carried", freeze_id__isnull=False, journal_id__isnull=False)
                ),
            ),
        ]
        indexes = [models.Index(fields=["settles_on"], name="earnings_line_stopped", condition=Q(status="stopped"))]
