"""Questions about our own addresses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction
from uuid import UUID

from django.db.models.functions import Lower

from foundation import clock
from processors.crypto.errors import refusal
from processors.crypto.models import ChainBlock, ChainWatch, CoinRate, CryptoInvoice, Deposit, DepositAddress
from processors.crypto.rules.pricing import units_text
from processors.crypto.types import DepositView, InvoiceView

A_DAY = timedelta(days=1)
NEWER_THAN_NOW, STILL_AWAITED = timedelta(minutes=5), timedelta(days=7)


def rate_between(currency: str, other: str, at: datetime) -> Fraction | None:
    """By the newest stored quotes of a day: a coin's own, or through a coin that is quoted in both."""
    rows = CoinRate.objects.filter(quoted_at__gt=at - A_DAY, quoted_at__lte=at, currency__in=[currency, other])
    newest = rows.order_by("coin", "currency", "-quoted_at").distinct("coin", "currency")
    quotes = {(row.coin, row.currency): Fraction(row.rate) for row in newest}
    if direct := quotes.get((currency, other)):
        return direct
    if turned := quotes.get((other, currency)):
        return 1 / turned
    between = (coin for coin, _ in sorted(quotes) if (coin, currency) in quotes and (coin, other) in quotes)
    coin = next(between, None)
    return quotes[coin, other] / quotes[coin, currency] if coin else None


def newest_rate(*, coin: str, currency: str, at: datetime, lasts: timedelta) -> CoinRate | None:
    """The newest rate that is fresh at this moment."""
    return (
        CoinRate.objects.filter(
            coin=coin, currency=currency, quoted_at__gt=at - lasts, quoted_at__lte=at + NEWER_THAN_NOW
        )
        .order_by("-quoted_at", "-id")
        .first()
    )


def get_crypto_invoice(payment_id: UUID) -> InvoiceView:
    """The invoice of a payment with everything sent to its address; NotFound."""
    found = CryptoInvoice.objects.select_related("rate", "address").filter(payment_id=payment_id).first()
    if found is None:
        raise refusal("crypto.no_invoice")
    return InvoiceView(
        id=found.pk,
        payment_id=found.payment_id,
        reference=found.reference,
        coin=found.coin,
        address=found.address.address,
        price=found.price,
        due_units=found.due_units,
        due=units_text(found.coin, found.due_units),
        rate=f"{found.rate.rate.normalize():f}",
        rate_source=found.rate.source,
        state=found.state,
        is_paid=found.paid_by is not None,
        expires_at=found.expires_at,
        deposits=tuple(_deposit(row) for row in found.deposits.order_by("seen_at", "id")),
    )


def _deposit(row: Deposit) -> DepositView:
    return DepositView(
        row.pk, row.coin, row.txid, row.index, row.units, row.state, row.block_height, row.is_late, row.seen_at,
        tuple(id for id in (row.received_by, row.used_by) if id),
    )  # fmt: skip


def deposits_of(payment_id: UUID) -> list[DepositView]:
    """What was sent to the payment's own address, oldest first; nothing where it was not paid to one of ours."""
    return [_deposit(row) for row in Deposit.objects.filter(invoice__payment_id=payment_id).order_by("seen_at", "id")]


def invoices_at(addresses: Iterable[str]) -> dict[str, CryptoInvoice]:
    """Which of these addresses are ours, by their small letters."""
    rows = (
        CryptoInvoice.objects.select_related("address")
        .annotate(small=Lower("address__address"))
        .filter(small__in={address.lower() for address in addresses})
    )
    return {row.address.address.lower(): row for row in rows}


def kept_blocks(chain: str) -> list[ChainBlock]:
    """The newest blocks we counted on, the newest first."""
    return list(ChainBlock.objects.filter(chain=chain).order_by("-height"))


def is_anything_awaited(chain: str, at: datetime) -> bool:
    """Whether somebody may be about to pay on this chain, in time or some days too late."""
    return CryptoInvoice.objects.filter(
        address__chain=chain,
        state__in=["CREATED", "SEEN", "UNDERPAID", "REORGED", "EXPIRED"],
        expires_at__gt=at - STILL_AWAITED,
    ).exists()


def is_any_address_given(chain: str) -> bool:
    return DepositAddress.objects.filter(chain=chain).exists()


def watch_ages() -> dict[str, int]:
    """Seconds since each chain was looked at."""
    now = clock.now()
    looked = ChainWatch.objects.filter(looked_at__isnull=False).order_by("chain").values_list("chain", "looked_at")
    return {chain: max(0, int((now - at).total_seconds())) for chain, at in looked if at}


def silent_chains(lasts: timedelta) -> list[str]:
    return [chain for chain, age in watch_ages().items() if age > lasts.total_seconds()]
