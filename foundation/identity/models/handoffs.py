from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from foundation.identity.models.access import ApiClient
from foundation.identity.models.people import Membership
from foundation.ids import uuid7


class Handoff(models.Model):
    """A platform's word that this member stands before it now: a link for a minute, stored as its hash."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="handoffs")
    client = models.ForeignKey(ApiClient, models.PROTECT, related_name="+")
    token_hash = models.BinaryField(unique=True)
    page = models.CharField(max_length=20)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "handoff"
        ordering = ["-id"]
        indexes = [models.Index(fields=["created_at"], name="handoff_age")]

    def __str__(self) -> str:
        return f"hand-off {str(self.pk)[-12:]}"


class HandoffUse(models.Model):
    """That a hand-off was used: its key is the hand-off, so there can be one."""

    handoff = models.OneToOneField(Handoff, models.CASCADE, primary_key=True, related_name="use")
    used_at = models.DateTimeField()

    class Meta:
        db_table = "handoff_use"
