from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from foundation.events.models import Stream
from foundation.ids import uuid7
from foundation.locks import LockedQuerySet
from foundation.money import Money
from foundation.states import Stateful, state_field
from ledger.reconciliation.states import MOVES, Kind, State


class OutsideStatement(models.Model):
    """What the other side said about a period, once; the same number again has to say the same."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    book = models.CharField(max_length=40)
    reference = models.CharField(max_length=120)
    since = models.DateTimeField()
    until = models.DateTimeField()
    line_count = models.IntegerField()
    digest = models.CharField(max_length=64)
    received_by = models.CharField(max_length=120)
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "recon_statement"
        ordering = ["-until", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["book", "reference"], name="recon_statement_once"),
            models.CheckConstraint(name="recon_statement_period", condition=Q(until__gt=F("since"))),
        ]

    def __str__(self) -> str:
        return f"{self.book} {self.reference}"


class OutsideLine(models.Model):
    statement = models.ForeignKey(OutsideStatement, models.PROTECT, related_name="lines")
    number = models.IntegerField()
    reference = models.CharField(max_length=120)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=5)
    at = models.DateTimeField()

    class Meta:
        db_table = "recon_line"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["statement", "number"], name="recon_line_number"),
            models.CheckConstraint(name="recon_line_amount", condition=~Q(amount_minor=0)),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.amount}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class Break(Stateful):
    """One difference, opened once however often it is found."""

    NEWS_STREAM = Stream.OPS
    MOVES = MOVES

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=160, unique=True, editable=False)
    kind = models.CharField(max_length=12, choices=Kind)
    state = state_field(State)
    book = models.CharField(max_length=40, blank=True)
    reference = models.CharField(max_length=120, blank=True)
    account = models.ForeignKey("ledger.Account", models.PROTECT, null=True, related_name="+")
    line = models.ForeignKey(OutsideLine, models.PROTECT, null=True, related_name="breaks")
    transfer = models.ForeignKey("ledger.TransferKey", models.PROTECT, null=True, related_name="+")
    currency = models.CharField(max_length=5)
    expected_minor = models.BigIntegerField(null=True)
    found_minor = models.BigIntegerField(null=True)
    difference_minor = models.BigIntegerField()
    facts = models.JSONField(default=dict)
    owner = models.CharField(max_length=120, blank=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolution = models.CharField(max_length=8, blank=True, choices=[("posting", "A posting"), ("matched", "It came")])
    resolving_transfer = models.ForeignKey("ledger.TransferKey", models.PROTECT, null=True, related_name="+")

    objects = LockedQuerySet.as_manager()

    class Meta:
        db_table = "recon_break"
        ordering = ["due_at", "id"]
        constraints = [
            models.CheckConstraint(
                name="recon_break_resolved",
                condition=Q(state=State.RESOLVED, resolved_at__isnull=False, resolution="matched")
                | Q(
                    state=State.RESOLVED,
                    resolved_at__isnull=False,
                    resolution="posting",
                    resolving_transfer__isnull=False,
                )
                | Q(resolved_at=None, resolution="", resolving_transfer=None) & ~Q(state=State.RESOLVED),
            ),
            models.CheckConstraint(name="recon_break_owner", condition=~Q(state=State.TAKEN) | ~Q(owner="")),
            models.CheckConstraint(name="recon_break_kind", condition=Q(kind__in=Kind.values)),
        ]
        indexes = [
            models.Index(name="recon_break_open", fields=["due_at"], condition=~Q(state=State.RESOLVED)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {Money(self.difference_minor, self.currency)}"


class Settled(models.Model):
    """This movement of an account has its counterpart: a line of theirs, or the break it belonged to."""

    account = models.ForeignKey("ledger.Account", models.PROTECT, related_name="+")
    transfer = models.ForeignKey("ledger.TransferKey", models.PROTECT, related_name="+")
    line = models.OneToOneField(OutsideLine, models.PROTECT, null=True, related_name="settled")
    settled_by = models.ForeignKey(Break, models.PROTECT, null=True, related_name="settles")
    settled_at = models.DateTimeField()

    class Meta:
        db_table = "recon_settled"
        ordering = ["-id"]
        verbose_name_plural = "settled"
        constraints = [
            models.UniqueConstraint(fields=["account", "transfer"], name="recon_settled_once"),
            models.CheckConstraint(
                name="recon_settled_why", condition=Q(line__isnull=False) | Q(settled_by__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.transfer_id)


class Checkpoint(models.Model):
    """Up to this version a balance was found to be what its movements add up to."""

    pk = models.CompositePrimaryKey("account_id", "slot")
    account = models.ForeignKey("ledger.Account", models.PROTECT, related_name="+", db_constraint=False)
    slot = models.SmallIntegerField()
    version = models.BigIntegerField()
    posted = models.BigIntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "recon_checkpoint"
