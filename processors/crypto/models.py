"""What the database holds of our own addresses. An address belongs to one invoice for ever, paid or not."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from foundation.events.models import Newsworthy, Stream
from foundation.identity.models import Platform
from foundation.ids import uuid7
from foundation.locks import LockedQuerySet
from foundation.money import Money
from foundation.states import Stateful, state_field
from processors.crypto.fields import ChainUnitsField
from processors.crypto.states import DEPOSIT_MOVES, INVOICE_MOVES, DepositState, InvoiceState
from processors.payments.models import MerchantAccount, Payment


class HdKey(models.Model):
    """The public key of an account whose addresses are given out; what signs for it is elsewhere."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    chain = models.CharField(max_length=5)
    network = models.CharField(max_length=10)
    account_key = models.CharField(max_length=120)
    path = models.CharField(max_length=40)
    fingerprint = models.CharField(max_length=64, unique=True)
    """Of the key itself: spelled as xpub or zpub it is the same."""
    next_index = models.BigIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    added_by = models.CharField(max_length=120)
    added_at = models.DateTimeField()

    class Meta:
        db_table = "hd_key"
        constraints = [
            models.UniqueConstraint(fields=["chain"], name="hd_key_one_active", condition=Q(is_active=True)),
            models.CheckConstraint(
                name="hd_key_is_public", condition=Q(account_key__regex="^[xztv]pub[1-9A-Za-z]{100,}$")
            ),
            models.CheckConstraint(name="hd_key_index", condition=Q(next_index__range=(0, 2**31))),
        ]

    def __str__(self) -> str:
        return f"{self.chain} {self.path}"


class DepositAddress(models.Model):
    """An address that was given out once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    hd_key = models.ForeignKey(HdKey, models.PROTECT, related_name="addresses")
    chain = models.CharField(max_length=5)
    index = models.BigIntegerField()
    address = models.CharField(max_length=90)
    given_at = models.DateTimeField()

    class Meta:
        db_table = "deposit_address"
        constraints = [
            models.UniqueConstraint(fields=["hd_key", "index"], name="deposit_address_index"),
            models.UniqueConstraint(Lower("address"), name="deposit_address_once"),
        ]

    def __str__(self) -> str:
        return self.address


class CoinRate(models.Model):
    """What one coin was worth, by whom and when."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    coin = models.CharField(max_length=5)
    currency = models.CharField(max_length=5)
    rate = models.DecimalField(max_digits=30, decimal_places=12)
    source = models.CharField(max_length=40)
    quoted_at = models.DateTimeField()

    class Meta:
        db_table = "coin_rate"
        constraints = [models.CheckConstraint(name="coin_rate_is_positive", condition=Q(rate__gt=0))]
        indexes = [models.Index(fields=["coin", "currency", "-quoted_at"], name="coin_rate_newest")]

    def __str__(self) -> str:
        return f"1 {self.coin} = {self.rate.normalize():f} {self.currency}"


class CryptoInvoice(Stateful):
    """What a payment asks for in coins, at an address nobody else has."""

    MOVES = INVOICE_MOVES
    NEWS_STREAM = Stream.TXN

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.OneToOneField(Payment, models.PROTECT, related_name="crypto_invoice")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    merchant_account = models.ForeignKey(MerchantAccount, models.PROTECT, related_name="+")
    reference = models.CharField(max_length=60, unique=True)
    """The attempt's."""
    coin = models.CharField(max_length=5)
    address = models.OneToOneField(DepositAddress, models.PROTECT, related_name="invoice")
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=5)
    due_units = ChainUnitsField()
    tolerance_minor = models.BigIntegerField()
    """As much less than the price is still paid."""
    rate = models.ForeignKey(CoinRate, models.PROTECT, related_name="+")
    """Locked until it expires."""
    state = state_field(InvoiceState)
    bookings = models.IntegerField(default=0)
    paid_by = models.UUIDField(null=True)
    """The journal by which its coins paid the price."""
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    """When it has to be looked at again."""
    why_stuck = models.CharField(max_length=300, blank=True)

    objects = LockedQuerySet.as_manager()

    class Meta:
        db_table = "crypto_invoice"
        constraints = [
            models.CheckConstraint(
                name="crypto_invoice_amounts",
                condition=Q(price_minor__gt=0, due_units__gt=0, tolerance_minor__gte=0)
                & Q(tolerance_minor__lt=F("price_minor")),
            ),
            models.CheckConstraint(
                name="crypto_invoice_paid_by_coins",
                condition=~Q(state__in=["CONFIRMED", "OVERPAID"]) | ~Q(paid_by=None),
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="crypto_invoice_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.coin} at {self.address_id} {self.state}"

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)


class Deposit(Stateful):
    """Coins one transaction sent to one of our addresses."""

    MOVES = DEPOSIT_MOVES
    NEWS_STREAM = Stream.TXN

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    invoice = models.ForeignKey(CryptoInvoice, models.PROTECT, related_name="deposits")
    chain = models.CharField(max_length=5)
    coin = models.CharField(max_length=5)
    txid = models.CharField(max_length=80)
    index = models.IntegerField()
    units = ChainUnitsField()
    needed = models.SmallIntegerField()
    """Confirmations until the coins are ours; a transaction in the newest block has one."""
    state = state_field(DepositState)
    block_height = models.BigIntegerField(null=True)
    block_hash = models.CharField(max_length=80, blank=True)
    seen_at = models.DateTimeField()
    is_late = models.BooleanField()
    rate = models.ForeignKey(CoinRate, models.PROTECT, null=True, related_name="+")
    """What it counts at: the invoice's rate in time, afterwards that of the moment it came."""
    receipts = models.IntegerField(default=0)
    received_by = models.UUIDField(null=True)
    """The journal by which the coins are on the books."""
    used_by = models.UUIDField(null=True)
    """The journal by which they paid for something."""

    objects = LockedQuerySet.as_manager()

    class Meta:
        db_table = "deposit"
        constraints = [
            models.UniqueConstraint(fields=["coin", "txid", "index"], name="deposit_once"),
            models.CheckConstraint(name="deposit_units", condition=Q(units__gt=0, needed__gt=0)),
            models.CheckConstraint(
                name="deposit_in_a_block",
                condition=Q(state__in=["CONFIRMING", "CONFIRMED"], block_height__isnull=False) & ~Q(block_hash="")
                | Q(state__in=["SEEN", "REORGED", "DROPPED"], block_height=None, block_hash=""),
            ),
            models.CheckConstraint(
                name="deposit_used_when_received", condition=Q(used_by=None) | Q(received_by__isnull=False)
            ),
        ]
        indexes = [
            models.Index(
                fields=["chain", "block_height"], name="deposit_by_block", condition=Q(block_height__isnull=False)
            ),
            models.Index(fields=["chain"], name="deposit_in_no_block", condition=Q(state__in=["SEEN", "REORGED"])),
        ]

    def __str__(self) -> str:
        return f"{self.coin} {self.txid}:{self.index}"


class ChainWatch(Newsworthy):
    """Who watches a chain at this moment; the number fences off whoever did before."""

    NEWS_STREAM = Stream.OPS

    chain = models.CharField(primary_key=True, max_length=5)
    holder = models.UUIDField(null=True)
    fence = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "chain_watch"

    def __str__(self) -> str:
        return self.chain


class ChainBlock(models.Model):
    """One of the newest blocks as we counted on it."""

    chain = models.CharField(max_length=5)
    height = models.BigIntegerField()
    hash = models.CharField(max_length=80)
    parent = models.CharField(max_length=80)
    mined_at = models.DateTimeField()

    class Meta:
        db_table = "chain_block"
        constraints = [models.UniqueConstraint(fields=["chain", "height"], name="chain_block_height")]

    def __str__(self) -> str:
        return f"{self.chain} {self.height}"
