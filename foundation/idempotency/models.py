from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class IdempotencyKey(models.Model):
    """A request that had an effect, under the name its caller gave it, with the reply it got. Kept for ever."""

    class State(models.TextChoices):
        IN_FLIGHT = "in_flight", "The intent is recorded; its outcome is not known yet"
        DONE = "done", "The reply stands"

    caller = models.CharField(max_length=120)
    key = models.CharField(max_length=255)
    platform_id = models.UUIDField(null=True)
    request_hash = models.BinaryField()
    state = models.CharField(max_length=9, choices=State)
    status = models.SmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(null=True)
    resource_type = models.CharField(max_length=60, blank=True)
    resource_id = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "idempotency_key"
        constraints = [
            models.UniqueConstraint(fields=["caller", "key"], name="idempotency_key_once"),
            models.CheckConstraint(
                name="idempotency_key_done_has_reply",
                condition=Q(state="in_flight", status=None, body=None, done_at=None, lease_until__isnull=False)
                | Q(state="done", status__isnull=False, body__isnull=False, done_at__isnull=False),
            ),
            models.CheckConstraint(
                name="idempotency_key_names_resource", condition=Q(state="done") | ~Q(resource_id="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.caller} {self.key}"
