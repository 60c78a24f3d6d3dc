"""Refunds of invoices, of a part or the whole, one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.bitpay import money
from sandbox.bitpay.invoices import Invoice, iso, plain

FEE = Decimal("0.25")
ACTIVE = frozenset({"created", "pending"})
MOVES = {
    "preview": ("created", "cancelled"),
    "created": ("pending", "success", "failure", "cancelled"),
    "pending": ("success", "failure", "cancelled"),
}


@dataclass
class Refund:
    id: str
    token: str
    guid: str
    invoice: Invoice
    amount: Decimal
    status: str
    made_at: datetime
    is_immediate: bool
    buyer_pays_fee: bool
    reference: str = ""
    txid: str = ""
    is_taken: bool = False
    noticed_at: datetime | None = None

    @property
    def fee(self) -> Decimal:
        return FEE

    @property
    def type(self) -> str:
        return "full (current rate)" if self.amount == self.invoice.price else "partial"

    def as_json(self) -> dict[str, Any]:
        coin, currency = self.invoice.coin, self.invoice.currency
        answer: dict[str, Any] = {
            "id": self.id,
            "guid": self.guid,
            "invoice": self.invoice.id,
            "status": self.status,
            "amount": plain(self.amount),
            "currency": currency,
            "transactionCurrency": coin,
            "transactionAmount": in_coin(self.amount, currency, coin),
            "transactionRefundFee": in_coin(self.fee, currency, coin),
            "refundFee": plain(self.fee),
            "immediate": self.is_immediate,
            "buyerPaysRefundFee": self.buyer_pays_fee,
            "type": self.type,
            "requestDate": iso(self.made_at),
            "token": self.token,
        }
        if self.reference:
            answer["reference"] = self.reference
        if self.txid:
            answer["txid"] = self.txid
        if self.invoice.refund_address:
            answer["refundAddress"] = self.invoice.refund_address
        if self.noticed_at:
            answer["lastRefundNotification"] = iso(self.noticed_at)
        return answer


def in_coin(amount: Decimal, currency: str, coin: str) -> Decimal:
    decimals, _, shown = money.COINS[coin]
    return Decimal(money.units_for(amount, currency, coin)).scaleb(-decimals).quantize(Decimal(1).scaleb(-shown))
