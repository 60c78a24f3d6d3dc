"""Prices in coins and coins in money, in whole numbers only."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from foundation.money import EXPONENTS, Money
from ledger.rules.flows.crypto import CHAIN_DIGITS
from ledger.rules.flows.fx import Rate

WHOLE: Final = 10_000
COINS: Final = ("BTC", "ETH", "USDC")


def rate_of(coin: str, currency: str, rate: Decimal, *, day: date, source: str) -> Rate:
    numerator, denominator = rate.as_integer_ratio()
    return Rate(coin, currency, numerator, denominator, day, source)


def due_units(price: Money, rate: Rate) -> int:
    """The price in the coin's smallest units on its chain, rounded up to what a person can type: our own scale."""
    scaled = price.minor * rate.denominator * 10 ** EXPONENTS[rate.base]
    ours = -(-scaled // (rate.numerator * 10 ** EXPONENTS[price.currency]))
    return ours * 10 ** (CHAIN_DIGITS[rate.base] - EXPONENTS[rate.base])


def in_coins(coin: str, units: int) -> Money:
    """What of these units is counted by our own scale."""
    return Money(units // 10 ** (CHAIN_DIGITS[coin] - EXPONENTS[coin]), coin)


def units_text(coin: str, units: int) -> str:
    """The units as a decimal number of coins, without needless zeros."""
    text = f"{Decimal(units).scaleb(-CHAIN_DIGITS[coin]):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def tolerance(price: Money, basis_points: int) -> Money:
    """As much less than the price is still paid; never all of it."""
    return Money(min(price.minor * basis_points // WHOLE, price.minor - 1), price.currency)


def payment_uri(coin: str, address: str, units: int, *, chain_id: int, contract: str) -> str:
    """What a wallet reads from a QR code: BIP 21, or EIP-681."""
    if coin == "BTC":
        return f"bitcoin:{address}?amount={units_text(coin, units)}"
    if coin == "ETH":
        return f"ethereum:{address}@{chain_id}?value={units}"
    return f"ethereum:{contract}@{chain_id}/transfer?address={address}&uint256={units}"
