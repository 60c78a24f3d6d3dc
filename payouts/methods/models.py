"""What the database holds of where creators are paid to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from foundation.events.models import Stream
from foundation.identity.models import Party
from foundation.ids import uuid7
from foundation.locks import LockedQuerySet
from foundation.states import Stateful, state_field
from payouts.methods.states import METHOD_MOVES, MethodState, Rail


class PayoutMethod(Stateful):
    """A destination of one creator. A change is a new row; the details are sealed under the party's own key."""

    MOVES = METHOD_MOVES
    NEWS_STREAM = Stream.PAYOUT

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    creator = models.ForeignKey(Party, models.PROTECT, related_name="+")
    rail = models.CharField(max_length=12, choices=Rail)
    currency = models.CharField(max_length=5)
    country = models.CharField(max_length=2, blank=True)
    sealed = models.BinaryField()
    fingerprint = models.BinaryField(db_index=True)
    """A keyed hash of the destination: the same bank account of two creators is seen without opening either."""
    label = models.CharField(max_length=60)
    """What may be shown: the kind and the last characters."""
    state = state_field(MethodState)
    is_preferred = models.BooleanField(default=False)
    verified_by = models.CharField(max_length=120, blank=True)
    verified_at = models.DateTimeField(null=True)
    usable_from = models.DateTimeField(null=True)
    """When the cool-off after a change is over."""
    disabled_reason = models.CharField(max_length=300, blank=True)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)

    objects = LockedQuerySet.as_manager()

    class Meta:
        db_table = "payout_method"
        constraints = [
            models.UniqueConstraint(
                fields=["creator", "currency"], name="payout_method_one_preferred",
                condition=Q(is_preferred=True) & ~Q(state="REPLACED"),
            ),
            models.CheckConstraint(
                name="payout_method_verified",
                condition=~Q(state__in=["COOLING", "ACTIVE"])
                | Q(verified_at__isnull=False, usable_from__isnull=False) & ~Q(verified_by=""),
            ),
            models.CheckConstraint(
                name="payout_method_disabled_says_why", condition=~Q(state="DISABLED") | ~Q(disabled_reason="")
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["usable_from"], name="payout_method_cooling", condition=Q(state="COOLING"))]

    def __str__(self) -> str:
        return self.label


class PayoutMethodCode(models.Model):
    """A code sent to a creator to prove a method. The code itself stands nowhere: it is made of this row's id."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    method = models.ForeignKey(PayoutMethod, models.PROTECT, related_name="codes")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payout_method_code"
        constraints = [
            models.CheckConstraint(name="payout_method_code_tries", condition=Q(tries__gte=0, tries__lte=5)),
        ]
