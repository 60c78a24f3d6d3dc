from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from foundation.approvals.models import Approval
from foundation.events.models import Newsworthy, Stream
from foundation.identity.models import Party, Platform
from foundation.ids import uuid7
from ledger.rules.flows.sales import Product


class RevenueSplit(Newsworthy):
    """One version of a creator's share. It holds until the next version of the same scope, or until its own end.

    A scope leaves open what it is not about: no platform means every platform, no creator everybody. Rows stay.
    """

    NEWS_STREAM = Stream.OPS

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    platform = models.ForeignKey(Platform, models.PROTECT, null=True, blank=True, related_name="+")
    product = models.CharField(max_length=12, choices=[(p.value, p.value) for p in Product], blank=True)
    creator = models.ForeignKey(Party, models.PROTECT, null=True, blank=True, related_name="+")
    creator_basis_points = models.SmallIntegerField()
    active_from = models.DateTimeField()
    active_until = models.DateTimeField(null=True, blank=True)
    approval = models.ForeignKey(Approval, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "revenue_split"
        ordering = ["-active_from", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "product", "creator", "active_from"],
                nulls_distinct=False,
                name="revenue_split_once",
            ),
            models.UniqueConstraint(fields=["approval"], name="revenue_split_approval"),
            models.CheckConstraint(
                name="revenue_split_share", condition=Q(creator_basis_points__gte=0, creator_basis_points__lte=10_000)
            ),
            models.CheckConstraint(
                name="revenue_split_period", condition=Q(active_until=None) | Q(active_until__gt=F("active_from"))
            ),
            models.CheckConstraint(name="revenue_split_product", condition=Q(product__in=["", *Product])),
        ]

    def __str__(self) -> str:
        return f"{self.creator_basis_points} basis points from {self.active_from:%Y-%m-%d}"
