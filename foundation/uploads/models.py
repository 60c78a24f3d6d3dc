from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from foundation.events.models import Stream
from foundation.identity.models import Party
from foundation.ids import uuid7
from foundation.states import Stateful, state_field
from foundation.uploads.states import MOVES, Kind, State


class Upload(Stateful):
    """A document about something of a person. Its content lies in a file of a random name, sealed under their key."""

    MOVES = MOVES
    NEWS_STREAM = Stream.OPS

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    party = models.ForeignKey(Party, models.PROTECT, related_name="uploads")
    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    kind = models.CharField(max_length=40, choices=Kind)
    size = models.IntegerField()
    digest = models.BinaryField()
    file = models.CharField(max_length=64, unique=True)
    state = state_field(State, is_indexed=False)
    sent_by = models.CharField(max_length=120)
    sent_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    scanned_at = models.DateTimeField(null=True, blank=True)
    finding = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "upload"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="upload_kind", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(name="upload_size", condition=Q(size__gt=0)),
            models.CheckConstraint(name="upload_refused_says_why", condition=~Q(state=State.REFUSED) | ~Q(finding="")),
            models.UniqueConstraint(fields=["subject_type", "subject_id", "digest"], name="upload_once"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state=State.WAITING), name="upload_waiting"),
            models.Index(fields=["party", "-id"], name="upload_party"),
        ]

    def __str__(self) -> str:
        return f"{Kind(self.kind).label} for {self.subject_type}"
