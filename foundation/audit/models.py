from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from foundation.fields import TransactionIdField


class Outcome(models.TextChoices):
    DONE = "done", "Done"
    REFUSED = "refused", "Refused"
    READ = "read", "Read"


class AuditRecord(models.Model):
    """Who did what to what, when, from where and why. Written once; people stand here by id only."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now())
    xact = TransactionIdField(editable=False)
    actor = models.CharField(max_length=120)
    party_id = models.UUIDField(null=True)
    action = models.CharField(max_length=100)
    outcome = models.CharField(max_length=8, choices=Outcome)
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.CharField(max_length=80, blank=True)
    platform_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    facts = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    commitment = models.BinaryField(null=True)

    class Meta:
        managed = False
        db_table = "audit_record"
        ordering = ["-id"]
        verbose_name = "audit record"

    def __str__(self) -> str:
        return f"#{self.pk} {self.action} by {self.actor}"


class AuditPersonal(models.Model):
    """The personal half of a record (address, agent), erasable: the chain keeps only a salted commitment."""

    record_id = models.BigIntegerField(primary_key=True)
    party_id = models.UUIDField(null=True, db_index=True)
    salt = models.BinaryField()
    values = models.JSONField()

    class Meta:
        db_table = "audit_personal"
