"""Invoices from before this start: nothing is kept on disk, so whoever remembers them may say so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.bitpay.account import Account
from sandbox.bitpay.invoices import CONFIRMATIONS, Invoice, Received
from sandbox.bitpay.money import AMOUNT, CENT, COINS, FIAT
from sandbox.bitpay.refunds import Refund


def remember(account: Account, said: Mapping[str, Any]) -> dict[str, int]:
    """Take `{"notify": address, "invoices": [[id, guid, price, given back, currency, coin, time], …]}`.

    Each is paid and complete; a known one stays as it is. All of them or none: raises ValueError.
    """
    given, notify = said.get("invoices"), str(said.get("notify", ""))
    if not isinstance(given, list):
        raise ValueError("invoices is a list of [id, guid, price, given back, currency, coin, time]")
    come = [_invoice(account, row, notify) for row in given]
    new = [(invoice, back) for invoice, back in come if invoice.id not in account.invoices]
    for invoice, back in new:
        account.keep(invoice)
        account.ledger.post_sale(invoice)
        if back:
            account.keep_refund(_given(account, invoice, back))
    return {"remembered": len(new)}


def _invoice(account: Account, row: Any, notify: str) -> tuple[Invoice, Decimal]:
    if not isinstance(row, list) or len(row) != 7 or not all(isinstance(one, str) for one in row):
        raise ValueError("an invoice is [id, guid, price, given back, currency, coin, time], all of them texts")
    id, guid, _, _, currency, coin, time = row
    price, back, at = _amount(row[2]), _amount(row[3]), datetime.fromisoformat(time)
    if not id.isalnum() or not guid or currency not in FIAT or coin not in COINS or at.tzinfo is None:
        raise ValueError("an invoice has an id, a guid, a currency, a coin and a time with its zone")
    if not price > 0 or not 0 <= back <= price:
        raise ValueError("a price is above nothing, and at most all of it was given back")
    asked = {"orderId": guid, "notificationURL": notify, "extendedNotifications": True}
    invoice = Invoice(
        id=id, token=account.new_id(), guid=guid, price=price, currency=currency, asked=asked, page="", made_at=at,
        status="complete", coin=coin, confirmations=max(CONFIRMATIONS.values()),
        refund_address=f"sandbox-refund-{account.new_id()}",
    )  # fmt: skip
    invoice.received.append(Received(account.new_hash(), invoice.due(coin), at, is_late=False))
    return invoice, back


def _given(account: Account, invoice: Invoice, amount: Decimal) -> Refund:
    return Refund(
        id=account.new_id(), token=account.new_id(), guid=account.new_hash(), invoice=invoice, amount=amount,
        status="success", made_at=account.clock.now(), is_immediate=False, buyer_pays_fee=False,
        txid=account.new_hash(), is_taken=True,
    )  # fmt: skip


def _amount(text: str) -> Decimal:
    if not AMOUNT.fullmatch(text):
        raise ValueError("an amount is a decimal number")
    return Decimal(text).quantize(CENT)
