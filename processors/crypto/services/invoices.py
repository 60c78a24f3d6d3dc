"""Invoices at our own addresses: opened once for a payment, and what the adapter says of them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from foundation import clock
from foundation.retry import retrying
from processors.crypto.errors import refusal
from processors.crypto.models import CryptoInvoice
from processors.crypto.rules.pricing import COINS, due_units, payment_uri, rate_of, tolerance, units_text
from processors.crypto.selectors import newest_rate
from processors.crypto.services.keys import give_address
from processors.crypto.setup import Setup, chain_of, setup_of
from processors.crypto.states import InvoiceState
from processors.gateways.onchain import PayTo, Progress, Standing
from processors.gateways.types import ChargeRequest, Merchant
from processors.payments.models import Attempt

S = InvoiceState
PROGRESS = {
    S.CREATED: Progress.AWAITED, S.SEEN: Progress.COMING, S.CONFIRMING: Progress.COMING, S.REORGED: Progress.COMING,
    S.UNDERPAID: Progress.SHORT, S.EXPIRED: Progress.EXPIRED, S.LATE: Progress.EXPIRED,
}  # fmt: skip


@retrying
def open_invoice(*, setup: Setup, request: ChargeRequest, at: datetime) -> CryptoInvoice:
    """Give the payment its address and lock the price in coins; asked again, the same invoice.

    Unavailable without a fresh rate or a key; Conflict when the payment has the address of an earlier attempt.
    """
    known = _known(request.reference)
    if known is not None:
        return known
    if request.coin not in COINS:
        raise refusal("crypto.unknown_coin", coin=request.coin)
    with transaction.atomic(durable=True):
        attempt = (
            Attempt.objects.select_related("payment")
            .select_for_update(of=("self",))
            .filter(reference=request.reference)
        ).first()
        if attempt is None:
            raise refusal("crypto.no_attempt")
        if known := _known(request.reference):
            return known
        if CryptoInvoice.objects.filter(payment_id=attempt.payment_id).exists():
            raise refusal("crypto.one_invoice")
        price = request.amount
        rate = newest_rate(coin=request.coin, currency=price.currency, at=at, lasts=setup.rate_lasts)
        if rate is None:
            raise refusal("crypto.no_rate", coin=request.coin, currency=price.currency)
        used = rate_of(request.coin, price.currency, rate.rate, day=rate.quoted_at.date(), source=rate.source)
        expires_at = min(request.expires_at or at + setup.open_for, at + setup.open_for)
        return CryptoInvoice.objects.create(
            payment_id=attempt.payment_id,
            platform_id=attempt.platform_id,
            merchant_account_id=attempt.merchant_account_id,
            reference=request.reference,
            coin=request.coin,
            address=give_address(chain=chain_of(request.coin), at=at),
            price_minor=price.minor,
            currency=price.currency,
            due_units=due_units(price, used),
            tolerance_minor=tolerance(price, setup.tolerance_basis_points).minor,
            rate=rate,
            created_at=at,
            expires_at=expires_at,
            due_at=expires_at,
        )


class OurInvoices:
    """The room behind the adapter of our own addresses."""

    def open(self, merchant: Merchant, request: ChargeRequest) -> Standing:
        setup = setup_of(merchant)
        return _standing(open_invoice(setup=setup, request=request, at=clock.now()), setup)

    def standing(self, merchant: Merchant, reference: str) -> Standing | None:
        found = _known(reference)
        return _standing(found, setup_of(merchant)) if found else None


def _known(reference: str) -> CryptoInvoice | None:
    return CryptoInvoice.objects.select_related("address").filter(reference=reference).first()


def _standing(invoice: CryptoInvoice, setup: Setup) -> Standing:
    is_paid, is_over = invoice.paid_by is not None, invoice.expires_at <= clock.now()
    progress = Progress.PAID if is_paid else PROGRESS[InvoiceState(invoice.state)]
    if progress is Progress.SHORT and not is_over:
        progress = Progress.AWAITED
    address = invoice.address.address
    return Standing(
        progress=progress,
        price=invoice.price,
        pay_to=PayTo(
            coin=invoice.coin,
            address=address,
            amount=units_text(invoice.coin, invoice.due_units),
            units=invoice.due_units,
            uri=payment_uri(
                invoice.coin, address, invoice.due_units, chain_id=setup.chain_id,
                contract=setup.contract_of(invoice.coin),
            ),
            expires_at=invoice.expires_at,
        ),
    )  # fmt: skip
