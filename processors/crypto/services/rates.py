"""What coins are worth: asked for, dated, kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from processors.crypto.models import CoinRate
from processors.crypto.rules.pricing import COINS
from processors.crypto.setup import our_setup
from processors.gateways.bitpay import fetch_rates
from processors.payments.directory import directory, merchants_of

SOURCE = "BitPay"
STEP = Decimal(1).scaleb(-12)


def record_rates(*, coin: str, rates: Mapping[str, Decimal], source: str, at: datetime) -> int:
    """Keep what one coin costs in each currency; whatever is no price is left out."""
    rows = [
        CoinRate(coin=coin, currency=currency, rate=rounded, source=source, quoted_at=at)
        for currency, rate in rates.items()
        if (rounded := rate.quantize(STEP)) > 0
    ]
    CoinRate.objects.bulk_create(rows)
    return len(rows)


def fetch_all_rates(*, at: datetime) -> int:
    """Ask BitPay what our coins cost in the currencies we name prices in; without an account there nothing is kept."""
    ours, sources = our_setup(), merchants_of("bitpay")
    if ours is None or not sources:
        return 0
    currencies, kept = directory().ways[ours.slug].currencies, 0
    for coin in COINS:
        rates = fetch_rates(sources[0], coin)
        wanted = {currency: rate for currency, rate in rates.items() if currency in currencies}
        kept += record_rates(coin=coin, rates=wanted, source=SOURCE, at=at)
    return kept
