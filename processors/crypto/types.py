"""What the watcher, the nodes and the adapter say to each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation.money import Money


@dataclass(frozen=True, slots=True)
class Found:
    """Coins sent to an address by one transaction; the index tells apart what one transaction sends."""

    coin: str
    txid: str
    index: int
    address: str
    units: int


@dataclass(frozen=True, slots=True)
class Block:
    height: int
    hash: str
    parent: str
    at: datetime
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Pool:
    """What waits for a block: all ids, and what the ones not looked at before send."""

    txids: frozenset[str]
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class SentTx:
    """One transaction that somebody named: how deep it lies (0: it waits), and what it pays."""

    confirmations: int
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look at a chain came to."""

    chain: str
    height: int
    blocks: int = 0
    dropped: int = 0
    deposits: int = 0


@dataclass(frozen=True, slots=True)
class CoinsBack:
    """What a refund is in coins, for whoever sends them by hand."""

    coin: str
    fee_coin: str
    now: str
    """At the newest rate; empty when nobody said one for a day."""
    then: str
    """At the rate it was paid at."""


@dataclass(frozen=True, slots=True)
class DepositView:
    """One transfer, as it may be shown."""

    id: UUID
    coin: str
    txid: str
    index: int
    units: int
    state: str
    block_height: int | None
    is_late: bool
    seen_at: datetime
    journals: tuple[UUID, ...] = ()
    """Its way on the books: received, then used."""


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """An invoice at our own address, as it may be shown."""

    id: UUID
    payment_id: UUID
    reference: str
    coin: str
    address: str
    price: Money
    due_units: int
    due: str
    rate: str
    rate_source: str
    state: str
    is_paid: bool
    expires_at: datetime
    deposits: tuple[DepositView, ...]
