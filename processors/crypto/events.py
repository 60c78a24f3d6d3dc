"""News of our own addresses and the chains they lie on."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from foundation.events import Event


@dataclass(frozen=True)
class InvoiceMoved(Event, type="crypto.invoice_moved"):
    told_when = "an invoice at our own address came to another state"

    invoice_id: UUID
    payment_id: UUID
    platform_id: UUID
    coin: str
    state: str


@dataclass(frozen=True)
class ChainReorganised(Event, type="crypto.reorganised"):
    told_when = "blocks we had counted on are gone; is_deep: coins that were ours already are, and a person has to look"

    chain: str
    depth: int
    from_height: int
    deposits: int
    is_deep: bool


@dataclass(frozen=True)
class InvoiceStuck(Event, type="crypto.invoice_stuck"):
    told_when = "coins came or went that nobody but a person can book"

    invoice_id: UUID
    payment_id: UUID
    platform_id: UUID
    code: str
    detail: str
