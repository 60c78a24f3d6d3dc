"""Coins, prices and rates: exact decimals, whole smallest units of the coins."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from functools import cache
from typing import Any

from sandbox.bitpay.errors import wrong

# Decimals, price in USD, decimals shown to the buyer.
COINS = {
    "BTC": (8, Decimal("64250.50"), 6),
    "BCH": (8, Decimal("452.10"), 6),
    "ETH": (18, Decimal("3120.75"), 6),
    "USDC": (6, Decimal("1"), 2),
    "LTC": (8, Decimal("84.20"), 6),
}
FIAT = {
    "USD": ("US Dollar", Decimal("1")),
    "EUR": ("Eurozone Euro", Decimal("0.92")),
    "GBP": ("Pound Sterling", Decimal("0.79")),
    "CAD": ("Canadian Dollar", Decimal("1.36")),
    "AUD": ("Australian Dollar", Decimal("1.52")),
    "CHF": ("Swiss Franc", Decimal("0.88")),
    "JPY": ("Japanese Yen", Decimal("149")),
}
WHOLE = frozenset({"JPY"})
CENT = Decimal("0.01")
TINY = Decimal("1E-12")
AMOUNT = re.compile(r"\d{1,12}(\.\d{1,18})?")


def amount_in(value: Any, currency: str, resource: str, field: str) -> Decimal:
    """An amount above nothing with no more decimals than its currency has; raises BitPayError."""
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, bool) or not isinstance(value, Decimal | int) or not AMOUNT.fullmatch(text):
        raise wrong(resource, field)
    amount = Decimal(text).quantize(CENT, ROUND_HALF_UP)
    if amount != Decimal(text) or not amount or (currency in WHOLE and amount % 1):
        raise wrong(resource, field)
    return amount


def rate(coin: str, currency: str) -> Decimal:
    """What one coin costs in a currency or another coin."""
    of_other = FIAT[currency][1] if currency in FIAT else 1 / COINS[currency][1]
    return (COINS[coin][1] * of_other).quantize(TINY).normalize() + 0


@cache
def rates_of(coin: str) -> dict[str, Decimal]:
    return {name: rate(coin, name) for name in (*FIAT, *COINS) if name != coin}


def units_for(price: Decimal, currency: str, coin: str) -> int:
    """The smallest units of a coin that pay a price, rounded up as far as the buyer is shown."""
    _, _, shown = COINS[coin]
    return units(coin, (price / rate(coin, currency)).quantize(Decimal(1).scaleb(-shown), ROUND_UP))


def units(coin: str, amount: Decimal) -> int:
    return int(amount.scaleb(COINS[coin][0]))


def display(coin: str, smallest: int) -> str:
    decimals, _, shown = COINS[coin]
    text = f"{Decimal(smallest).scaleb(-decimals):f}"
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest.rstrip('0'):0<{shown}}" if smallest else "0"


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
