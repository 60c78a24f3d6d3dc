from __future__ import annotations

from email.utils import parseaddr
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from foundation.ids import uuid7
from foundation.notifications.states import Level, State

if TYPE_CHECKING:
    from typing import Self


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, user_id: UUID) -> Self:
        """One's own, as far as one wants them in the app."""
        return self.filter(recipient_id=user_id, in_app=True)

    def unread(self) -> Self:
        return self.filter(read_at=None)


class Notification(models.Model):
    """One message to one person: written once per cause, whatever happens to its mail."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notifications")
    notice = models.CharField(max_length=60)
    dedupe = models.CharField(max_length=160)
    level = models.CharField(max_length=15, choices=Level)
    title = models.CharField(max_length=200)
    body = models.CharField(max_length=1000)
    path = models.CharField(max_length=200)
    in_app = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        db_table = "notification"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "dedupe"], name="notification_once"),
            models.CheckConstraint(name="notification_level", condition=Q(level__in=Level.values)),
            models.CheckConstraint(
                name="notification_action_in_app", condition=~Q(level=Level.ACTION_REQUIRED) | Q(in_app=True)
            ),
            models.CheckConstraint(name="notification_path", condition=Q(path__startswith="/")),
        ]
        indexes = [
            models.Index(fields=["recipient", "-id"], condition=Q(in_app=True), name="notification_list"),
            models.Index(fields=["recipient"], condition=Q(in_app=True, read_at=None), name="notification_unread"),
            models.Index(fields=["dedupe"], condition=Q(settled_at=None), name="notification_cause"),
        ]

    def __str__(self) -> str:
        return self.title


class Delivery(models.Model):
    """The mail of a notification. `version` is its fencing number: it rises with each claim and each outcome."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    notification = models.OneToOneField(Notification, models.PROTECT, related_name="delivery")
    state = models.CharField(max_length=8, choices=State, default=State.DUE)
    version = models.IntegerField(default=1)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    handed_over_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.SmallIntegerField(default=0)
    resent = models.SmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "notification_delivery"
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                name="delivery_held", condition=~Q(state=State.SENDING) | Q(lease_until__isnull=False)
            ),
            models.CheckConstraint(
                name="delivery_sent", condition=Q(state=State.SENT, sent_at__isnull=False) | ~Q(state=State.SENT)
            ),
            models.CheckConstraint(
                name="delivery_unknown_was_handed_over",
                condition=~Q(state=State.UNKNOWN) | Q(handed_over_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state=State.DUE), name="delivery_due"),
            models.Index(fields=["lease_until"], condition=Q(state=State.SENDING), name="delivery_leases"),
            models.Index(fields=["state"], condition=Q(state__in=[State.UNKNOWN, State.FAILED]), name="delivery_stuck"),
        ]

    def __str__(self) -> str:
        return f"{self.state} mail of {self.notification_id}"

    @property
    def message_id(self) -> str:
        """The reference under which this mail leaves, the same at every try."""
        domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
        return f"<{self.pk}@{domain}>"
