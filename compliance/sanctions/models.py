"""What the database holds of sanctions lists and of names that were found to be somebody else's."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from foundation.events.models import Newsworthy, Stream
from foundation.identity.models import Party


class SanctionsList(Newsworthy):
    """One version of a list as it was imported; the newest of a name is in force."""

    NEWS_STREAM = Stream.OPS

    id = models.BigAutoField(primary_key=True)
    name = models.SlugField(max_length=40)
    sha256 = models.BinaryField()
    entries = models.IntegerField()
    is_current = models.BooleanField(default=True)
    imported_by = models.CharField(max_length=120)
    imported_at = models.DateTimeField()

    class Meta:
        db_table = "sanctions_list"
        constraints = [
            models.UniqueConstraint(fields=["name"], name="sanctions_list_one_current", condition=Q(is_current=True)),
            models.CheckConstraint(name="sanctions_list_not_empty", condition=Q(entries__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"


class SanctionsEntry(models.Model):
    """One person or entity on a list, with all its names. Written once."""

    id = models.BigAutoField(primary_key=True)
    list = models.ForeignKey(SanctionsList, models.PROTECT, related_name="rows")
    entry_key = models.CharField(max_length=60)
    """The list's own number of it."""
    kind = models.CharField(max_length=6, choices=[("person", "Person"), ("entity", "Entity")])
    names = ArrayField(models.CharField(max_length=200))
    keys = ArrayField(models.CharField(max_length=12))
    """How the words of its names sound, to find candidates by."""
    born = models.CharField(max_length=10, blank=True)
    countries = ArrayField(models.CharField(max_length=2), default=tuple)

    class Meta:
        db_table = "sanctions_entry"
        constraints = [models.UniqueConstraint(fields=["list", "entry_key"], name="sanctions_entry_once")]
        indexes = [GinIndex(fields=["keys"], name="sanctions_entry_keys")]


class SanctionsClearance(models.Model):
    """A person found that this creator is not that entry. The same pair is not asked again."""

    id = models.BigAutoField(primary_key=True)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    list_name = models.SlugField(max_length=40)
    entry_key = models.CharField(max_length=60)
    escalation_id = models.UUIDField()
    cleared_by = models.CharField(max_length=120)
    cleared_at = models.DateTimeField()

    class Meta:
        db_table = "sanctions_clearance"
        constraints = [
            models.UniqueConstraint(fields=["party", "list_name", "entry_key"], name="sanctions_clearance_once")
        ]
