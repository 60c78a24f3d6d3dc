"""Coins arrive: the exact integer of the chain is booked, to the last grain."""

from __future__ import annotations

from typing import Final

from foundation.money import EXPONENTS, Money
from ledger import chart
from ledger.rules.legs import Leg, Legs
from ledger.types import AccountKey

# Digits behind the point on the chain itself.
CHAIN_DIGITS: Final = {"BTC": 8, "BCH": 8, "LTC": 8, "ETH": 18, "USDC": 6, "DAI": 18, "GUSD": 2}


def split_grain(currency: str, on_chain: int) -> tuple[Money, int]:
    """Whole units of our scale, and what is smaller in units of the chain."""
    if on_chain < 0:
        raise ValueError("a chain counts upwards")
    units, grain = divmod(on_chain, 10 ** (CHAIN_DIGITS[currency] - EXPONENTS[currency]))
    return Money(units, currency), grain


def receive(currency: str, on_chain: int, paid_to: AccountKey) -> Legs:
    """Coins are under our keys: whole units belong to whoever was paid, the grain below our scale to dust.

    Grain is counted in a currency of its own, so units and grain together are what the chain says.
    """
    amount, grain = split_grain(currency, on_chain)
    legs = (Leg("crypto.received", chart.account("treasury", "crypto", currency), paid_to, amount),)
    if currency not in chart.GRAIN_OF:
        return legs
    dust = Money(grain, chart.GRAIN_OF[currency])
    return (
        *legs,
        Leg(
            "crypto.dust",
            chart.account("treasury", "crypto", dust.currency),
            chart.account("dust", "collected", dust.currency),
            dust,
        ),
    )
