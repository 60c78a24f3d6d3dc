"""The ledger's tables, for reading. Rows are written by its functions alone."""

from __future__ import annotations

from django.db import models

from foundation.fields import TransactionIdField
from ledger.reconciliation.models import Break, Checkpoint, OutsideLine, OutsideStatement, Settled
from ledger.splits.models import RevenueSplit

__all__ = [
    "Account", "Balance", "Break", "Checkpoint", "Hold", "HoldReason", "Kind", "OutsideLine", "OutsideStatement",
    "RevenueSplit", "Settled", "Transfer", "TransferKey",
]  # fmt: skip


class Kind(models.Model):
    """A line of the chart of accounts."""

    pk = models.CompositePrimaryKey("kind", "purpose")
    kind = models.CharField(max_length=24)
    purpose = models.CharField(max_length=40)
    normal_side = models.CharField(max_length=6)
    floor = models.BigIntegerField(null=True)
    is_house = models.BooleanField()
    slots = models.SmallIntegerField()
    is_passing = models.BooleanField()
    meaning = models.TextField()

    class Meta:
        managed = False
        db_table = "ledger_kind"
        ordering = ["kind", "purpose"]

    def __str__(self) -> str:
        return f"{self.kind}:{self.purpose}"


class Account(models.Model):
    id = models.BigIntegerField(primary_key=True)
    path = models.TextField(unique=True)
    kind = models.CharField(max_length=24)
    party_id = models.UUIDField(null=True)
    platform_id = models.UUIDField(null=True)
    source = models.CharField(max_length=40)
    purpose = models.CharField(max_length=40)
    currency = models.CharField(max_length=5)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "ledger_account"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.path


class Balance(models.Model):
    pk = models.CompositePrimaryKey("account_id", "slot")
    account = models.ForeignKey(Account, models.DO_NOTHING, related_name="slots")
    slot = models.SmallIntegerField()
    currency = models.CharField(max_length=5)
    posted = models.BigIntegerField()
    held = models.BigIntegerField()
    version = models.BigIntegerField()
    floor = models.BigIntegerField(null=True)
    is_open = models.BooleanField()

    class Meta:
        managed = False
        db_table = "ledger_balance"
        ordering = ["account_id", "slot"]

    def __str__(self) -> str:
        return f"{self.account_id}/{self.slot}"


class Transfer(models.Model):
    """Every movement, of months in use and archived ones alike."""

    id = models.UUIDField(primary_key=True)
    journal_id = models.UUIDField()
    seq = models.BigIntegerField()
    xact = TransactionIdField(editable=False)
    recorded_at = models.DateTimeField()
    effective_at = models.DateTimeField()
    amount = models.BigIntegerField()
    debit_account = models.BigIntegerField()
    debit_version = models.BigIntegerField()
    debit_after = models.BigIntegerField()
    credit_account = models.BigIntegerField()
    credit_version = models.BigIntegerField()
    credit_after = models.BigIntegerField()
    debit_slot = models.SmallIntegerField()
    credit_slot = models.SmallIntegerField()
    currency = models.CharField(max_length=5)
    kind = models.CharField(max_length=40)
    reverses = models.UUIDField(null=True)
    hold_id = models.UUIDField(null=True)
    meta = models.JSONField(null=True)

    class Meta:
        managed = False
        db_table = "ledger_row"
        ordering = ["seq"]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.currency}"


class TransferKey(models.Model):
    """Where a transfer stands; what other rooms' foreign keys point to."""

    id = models.UUIDField(primary_key=True)
    debit_account = models.BigIntegerField()
    debit_slot = models.SmallIntegerField()
    debit_version = models.BigIntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "ledger_transfer_key"

    def __str__(self) -> str:
        return str(self.id)


class Hold(models.Model):
    id = models.UUIDField(primary_key=True)
    account = models.ForeignKey(Account, models.DO_NOTHING, related_name="holds")
    credit_account = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=5)
    amount = models.BigIntegerField()
    captured = models.BigIntegerField()
    released = models.BigIntegerField()
    state = models.CharField(max_length=8)
    expires_at = models.DateTimeField(null=True)
    placed_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "ledger_hold"
        ordering = ["placed_at", "id"]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} {self.state}"


class HoldReason(models.Model):
    pk = models.CompositePrimaryKey("hold_id", "reason")
    hold = models.ForeignKey(Hold, models.DO_NOTHING, related_name="reasons")
    reason = models.CharField(max_length=120)
    given_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "ledger_hold_reason"
        ordering = ["given_at", "reason"]

    def __str__(self) -> str:
        return self.reason
