"""What the database holds of how creators liked to be told where their money is."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from foundation.identity.models import Party
from payouts.life.models import Payout


class PayoutAnswer(models.Model):
    """A creator's answer about one payout: did they always know where their money was? Never changed."""

    payout = models.OneToOneField(Payout, models.PROTECT, primary_key=True, related_name="answer")
    creator = models.ForeignKey(Party, models.PROTECT, related_name="+")
    stars = models.SmallIntegerField()
    """1 (never) to 5 (always)."""
    words = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField()

    class Meta:
        db_table = "payout_answer"
        constraints = [models.CheckConstraint(name="payout_answer_stars", condition=Q(stars__gte=1, stars__lte=5))]
        indexes = [models.Index(fields=["answered_at"], name="payout_answer_at")]
