from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q


class RequestLine(models.Model):
    """What a platform's program asked of the API, without its body: a log of a month, not a record."""

    platform_id = models.UUIDField()
    client_id = models.UUIDField()
    at = models.DateTimeField()
    method = models.CharField(max_length=7)
    path = models.CharField(max_length=200)
    status = models.SmallIntegerField()
    code = models.CharField(max_length=80, blank=True)
    """Of the problem, when it was refused."""
    request_id = models.CharField(max_length=64)
    milliseconds = models.IntegerField()
    key = models.CharField(max_length=8, blank=True)
    """The first letters of its Idempotency-Key."""
    made = models.CharField(max_length=200, blank=True)
    """The address of what it made, as the answer named it."""

    class Meta:
        db_table = "request_line"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["platform_id", "-id"], name="request_line_of_platform"),
            models.Index(fields=["platform_id", "-id"], name="request_line_refused", condition=Q(status__gte=400)),
            models.Index(fields=["client_id", "-id"], name="request_line_of_client"),
            models.Index(fields=["platform_id", "request_id"], name="request_line_number"),
            BrinIndex(fields=["at"], name="request_line_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"
