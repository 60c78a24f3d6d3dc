"""Coins that a person sends back by hand: how many it should be, and the books when it is done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from foundation.actors import Actor
from ledger.rules.flows.crypto import CHAIN_DIGITS, Sent
from ledger.rules.flows.fx import Rate
from processors.crypto.errors import refusal
from processors.crypto.models import CoinRate, CryptoInvoice
from processors.crypto.rules.pricing import due_units, rate_of, units_text
from processors.crypto.rules.sending import FEE_PAID_IN, is_likely
from processors.crypto.selectors import newest_rate
from processors.crypto.types import CoinsBack
from processors.payments.services import settle_refund_by_hand
from processors.payments.types import RefundView

RATE_LASTS = timedelta(hours=24)
"""A person takes longer than a price may; what they sent is compared with the rates of a day."""


def coins_back(refund: RefundView, *, at: datetime) -> CoinsBack | None:
    """How many coins this refund is at the newest rate and at the one it was paid at; None when none were paid."""
    invoice = CryptoInvoice.objects.select_related("rate").filter(payment_id=refund.payment_id).first()
    if invoice is None:
        return None
    then, *now = (due_units(refund.amount, rate) for rate in _rates(invoice, at))
    return CoinsBack(
        coin=invoice.coin,
        fee_coin=FEE_PAID_IN[invoice.coin],
        now=units_text(invoice.coin, now[0]) if now else "",
        then=units_text(invoice.coin, then),
    )


def settle_coin_refund(
    *, refund: RefundView, coins: Decimal, fee: Decimal, proof: str, by: Actor, at: datetime
) -> None:
    """Somebody sent coins back by hand: the refund is settled, and the coins left the treasury.

    Refuses a number of coins that is far from what the refund is worth, at today's rate and at that of the sale.
    """
    invoice = CryptoInvoice.objects.select_related("rate").filter(payment_id=refund.payment_id).first()
    if invoice is None:
        raise refusal("crypto.no_invoice")
    sent = Sent(
        invoice.coin, _units(invoice.coin, coins), FEE_PAID_IN[invoice.coin], _units(FEE_PAID_IN[invoice.coin], fee)
    )
    due = [due_units(refund.amount, rate) for rate in _rates(invoice, at)]
    if not is_likely(sent.units, due):
        raise refusal("crypto.unlikely_coins", due=[units_text(invoice.coin, units) for units in due])
    settle_refund_by_hand(refund_id=refund.id, proof=proof, by=by, at=at, sent=sent)


def _rates(invoice: CryptoInvoice, at: datetime) -> Iterator[Rate]:
    """The rate of the sale, and the newest one where there is one."""
    now = newest_rate(coin=invoice.coin, currency=invoice.currency, at=at, lasts=RATE_LASTS)
    yield _rate(invoice, invoice.rate)
    if now is not None:
        yield _rate(invoice, now)


def _rate(invoice: CryptoInvoice, row: CoinRate) -> Rate:
    return rate_of(invoice.coin, invoice.currency, row.rate, day=row.quoted_at.date(), source=row.source)


def _units(coin: str, coins: Decimal) -> int:
    units = coins.scaleb(CHAIN_DIGITS[coin])
    if not units.is_finite() or units < 0 or units != units.to_integral_value():
        raise refusal("crypto.bad_coins", coin=coin, digits=CHAIN_DIGITS[coin])
    return int(units)
