from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from foundation.events.listening import Aggregate
from foundation.events.models import Stream
from foundation.inbox.states import MOVES, LetterState
from foundation.locks import LockedQuerySet
from foundation.states import Stateful, state_field


class Group(models.Model):
    """A group that has begun to listen; one that is new hears everything from the beginning."""

    name = models.CharField(max_length=40, primary_key=True)
    since = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "inbox_group"

    def __str__(self) -> str:
        return self.name


class InboxEntry(models.Model):
    """This group has applied this piece of news: written in the transaction of the effect."""

    pk = models.CompositePrimaryKey("group", "event_id")
    group = models.CharField(max_length=40)
    event_id = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "inbox"
        verbose_name_plural = "inbox"


class Letter(Stateful):
    """A piece of news a group could not apply; the later news of its aggregate wait behind it."""

    NEWS_STREAM = Stream.OPS
    MOVES = MOVES

    group = models.CharField(max_length=40)
    event_id = models.BigIntegerField()
    event_type = models.CharField(max_length=60)
    aggregate_type = models.CharField(max_length=60)
    aggregate_id = models.CharField(max_length=80)
    sequence = models.BigIntegerField()
    state = state_field(LetterState)
    tries = models.SmallIntegerField(default=1)
    error = models.CharField(max_length=300)
    opened_at = models.DateTimeField(db_default=Now())
    next_try_at = models.DateTimeField()
    parked_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    objects = LockedQuerySet.as_manager()

    class Meta:
        db_table = "parked_letter"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                name="parked_letter_open",
                fields=["group", "aggregate_type", "aggregate_id"],
                condition=~Q(state=LetterState.SETTLED),
            ),
            models.CheckConstraint(
                name="parked_letter_facts",
                condition=(~Q(state=LetterState.PARKED) | Q(parked_at__isnull=False))
                & Q(Q(state=LetterState.SETTLED, settled_at__isnull=False) | ~Q(state=LetterState.SETTLED)),
            ),
        ]
        indexes = [
            models.Index(
                name="parked_letter_due", fields=["group", "next_try_at"], condition=Q(state=LetterState.TRYING)
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.event_type} for {self.group}"

    @property
    def aggregate(self) -> Aggregate:
        return Aggregate(self.aggregate_type, self.aggregate_id)


class InboxCursor(models.Model):
    """How far this group is with the news of one aggregate; locked while it applies more."""

    pk = models.CompositePrimaryKey("group", "aggregate_type", "aggregate_id")
    group = models.CharField(max_length=40)
    aggregate_type = models.CharField(max_length=60)
    aggregate_id = models.CharField(max_length=80)
    sequence = models.BigIntegerField(default=0)
    letter = models.ForeignKey(Letter, models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "inbox_cursor"
