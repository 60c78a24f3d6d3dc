from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from foundation.events.models import Newsworthy, Stream
from foundation.ids import uuid7
from foundation.locks import LockedQuerySet


class Cluster(models.Model):
    """A group of platforms that are led together."""

    slug = models.SlugField(primary_key=True, max_length=40)
    name = models.CharField(max_length=80)

    class Meta:
        db_table = "cluster"
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class Platform(Newsworthy):
    """One creator platform. Data, not code: adding one is adding a row; a sandbox is a platform too."""

    NEWS_STREAM = Stream.ACCOUNT

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(unique=True, max_length=40)
    name = models.CharField(max_length=80)
    cluster = models.ForeignKey(Cluster, models.PROTECT, related_name="platforms")
    is_sandbox = models.BooleanField(default=False)
    active_from = models.DateTimeField(db_default=Now())
    active_until = models.DateTimeField(null=True, blank=True)

    objects = LockedQuerySet.as_manager()

    class Meta:
        db_table = "platform"
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name
