from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class SealEpoch(models.Model):
    """One life of the data on one database cluster; a restored dump begins the next, with transaction ids of its own.

    Rows up to `sealed_id` below transaction `sealed_xact` were sealed before it; the others up to `starts_after`
    came with the dump and stand in the epoch's first block.
    """

    source = models.CharField(max_length=20)
    number = models.IntegerField()
    cluster = models.CharField(max_length=20)
    sealed_id = models.BigIntegerField()
    sealed_xact = models.BigIntegerField()
    starts_after = models.BigIntegerField()
    began_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "seal_epoch"
        ordering = ["source", "number"]
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="seal_epoch_once")]

    def __str__(self) -> str:
        return f"{self.source} epoch {self.number}"


class SealBlock(models.Model):
    """The rows that transactions [xact_from, xact_until) wrote, under one root, chained to the block before."""

    source = models.CharField(max_length=20)
    number = models.BigIntegerField()
    epoch = models.IntegerField()
    is_import = models.BooleanField(default=False)
    xact_from = models.BigIntegerField()
    xact_until = models.BigIntegerField()
    last_id = models.BigIntegerField()
    count = models.IntegerField()
    root = models.BinaryField()
    previous = models.BinaryField()
    hash = models.BinaryField()
    sealed_at = models.DateTimeField()
    # Each row's number and the first bytes of its leaf: not proof, but it tells which row of a block is another.
    marks = models.BinaryField(default=bytes)

    class Meta:
        db_table = "seal_block"
        ordering = ["source", "number"]
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="seal_block_once"),
            models.CheckConstraint(name="seal_block_not_empty", condition=models.Q(count__gt=0)),
            models.CheckConstraint(
                name="seal_block_range",
                condition=models.Q(is_import=True) | models.Q(xact_until__gt=models.F("xact_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} block {self.number}"


class SealCheck(models.Model):
    """How far a source was last verified, and what was found; one row per source and kind of check."""

    class Kind(models.TextChoices):
        NEW = "new", "New blocks"
        FULL = "full", "Everything"

    source = models.CharField(max_length=20)
    kind = models.CharField(max_length=4, choices=Kind)
    verified_to = models.BigIntegerField()
    findings = models.JSONField(default=list)
    checked_at = models.DateTimeField()

    class Meta:
        db_table = "seal_check"
        constraints = [models.UniqueConstraint(fields=["source", "kind"], name="seal_check_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.kind}: to #{self.verified_to}"
