from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from foundation.clock.functions import FanzNow
from foundation.events.models import Stream
from foundation.locks import LockedQuerySet
from foundation.states import Stateful, state_field
from foundation.switches.states import MOVES, NEEDS_TWO, Deed, Kind, State


class SwitchQuerySet(LockedQuerySet["Switch"]):
    def overdue(self) -> SwitchQuerySet:
        """Still stopped beyond the planned moment, by the database's clock, and not yet told about."""
        return self.filter(state=State.STOPPED, expires_at__lte=FanzNow(), expiry_told_at=None)


class Switch(Stateful):
    """A switch somebody has touched at least once. One that has no row works as its declaration says."""

    NEWS_STREAM = Stream.OPS
    MOVES = MOVES

    key = models.CharField(primary_key=True, max_length=60)
    kind = models.CharField(max_length=7, choices=Kind)
    state = state_field(State)
    value = models.JSONField(null=True, blank=True)
    why = models.CharField(max_length=500, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    expiry_told_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.CharField(max_length=120, blank=True)

    objects = SwitchQuerySet.as_manager()

    class Meta:
        db_table = "switch"
        ordering = ["key"]
        verbose_name_plural = "switches"
        constraints = [
            models.CheckConstraint(name="switch_kind", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(
                name="switch_stopped_has_reason",
                condition=~Q(state=State.STOPPED) | ~Q(why="") & ~Q(changed_by="") & Q(changed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="switch_only_a_kill_stops", condition=Q(state=State.RUNNING) | Q(kind=Kind.KILL, value=None)
            ),
            models.CheckConstraint(
                name="switch_only_a_stop_expires", condition=Q(expires_at=None) | Q(state=State.STOPPED)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"


class SwitchChange(models.Model):
    """What was done to a switch, by whom and why. Written once; the way back names the approval of two people."""

    id = models.BigAutoField(primary_key=True)
    switch = models.ForeignKey(Switch, models.PROTECT, related_name="changes")
    version = models.IntegerField()
    deed = models.CharField(max_length=9, choices=Deed)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.CharField(max_length=500)
    expires_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=120)
    approval_id = models.UUIDField(null=True, unique=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "switch_change"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["switch", "version"], name="switch_change_version"),
            models.CheckConstraint(name="switch_change_reason_given", condition=~Q(reason="")),
            models.CheckConstraint(
                name="switch_change_way_back_takes_two",
                condition=Q(deed__in=NEEDS_TWO, approval_id__isnull=False)
                | ~Q(deed__in=NEEDS_TWO) & Q(approval_id=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.switch_id} {self.deed}"
