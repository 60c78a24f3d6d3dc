"""What the database holds of questions creators ask about their payouts, and what people answered."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from foundation.ids import uuid7
from foundation.locks import LockedQuerySet
from payouts.life.models import Payout


class PayoutQuestion(models.Model):
    """A creator's question about one payout; answered once, by a person."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payout = models.ForeignKey(Payout, models.PROTECT, related_name="questions")
    words = models.TextField(max_length=1000)
    asked_at = models.DateTimeField()
    answer = models.TextField(max_length=1000, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=120, blank=True)

    objects = LockedQuerySet.as_manager()

    class Meta:
        db_table = "payout_question"
        constraints = [
            models.CheckConstraint(
                name="payout_question_answered",
                condition=Q(answered_at__isnull=True, answer="", answered_by="")
                | (Q(answered_at__isnull=False) & ~Q(answer="") & ~Q(answered_by="")),
            ),
            models.CheckConstraint(name="payout_question_asks", condition=~Q(words="")),
        ]
        indexes = [
            models.Index(fields=["id"], name="payout_question_waits", condition=Q(answered_at__isnull=True)),
            models.Index(fields=["payout", "id"], name="payout_question_of"),
        ]
