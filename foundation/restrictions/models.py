from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from foundation.clock.functions import FanzNow
from foundation.identity.models import Party, Platform
from foundation.ids import uuid7
from foundation.locks import LockedQuerySet
from foundation.restrictions.types import Kind

if TYPE_CHECKING:
    from typing import Self


class RestrictionQuerySet(LockedQuerySet["Restriction"]):
    def run_out(self) -> Self:
        """Beyond its last moment by the database's clock, and not yet ended."""
        return self.filter(ended_at=None, active_until__lte=FanzNow())


class Restriction(models.Model):
    """What a party may not do for a while. Appended and ended, never edited."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    party = models.ForeignKey(Party, models.PROTECT, related_name="restrictions")
    platform = models.ForeignKey(Platform, models.PROTECT, null=True, blank=True, related_name="restrictions")
    kind = models.CharField(max_length=20, choices=Kind)
    active_from = models.DateTimeField()
    active_until = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=120)
    reason = models.CharField(max_length=500)
    legal_basis = models.CharField(max_length=200, blank=True)
    placed_by = models.CharField(max_length=120)
    placed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=120, blank=True)
    ended_because = models.CharField(max_length=500, blank=True)

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        db_table = "restriction"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="restriction_kind", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(
                name="restriction_period", condition=Q(active_until=None) | Q(active_until__gt=F("active_from"))
            ),
            models.CheckConstraint(name="restriction_given", condition=~Q(reason="") & ~Q(source="")),
            models.CheckConstraint(
                name="restriction_for_ever_needs_basis",
                condition=~Q(kind=Kind.SUSPENDED)
                | Q(active_until__isnull=False)
                | Q(platform__isnull=False) & ~Q(legal_basis=""),
            ),
            models.CheckConstraint(
                name="restriction_ended_by_somebody",
                condition=Q(ended_at=None, ended_by="", ended_because="")
                | Q(ended_at__isnull=False) & ~Q(ended_by="") & ~Q(ended_because=""),
            ),
            models.UniqueConstraint(
                fields=["party", "platform", "kind", "source"],
                condition=Q(ended_at=None),
                name="restriction_once_per_source",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(fields=["active_until"], condition=Q(ended_at=None), name="restriction_open_until"),
            models.Index(fields=["party"], name="restriction_party"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.party_id}"
