"""FanzCoins: earned by loyalty, redeemed or expired, never sold. Their cost is set aside when they are earned."""

from __future__ import annotations

from uuid import UUID

from foundation.money import Money
from ledger import chart
from ledger.rules.legs import Leg, Legs
from ledger.types import AccountKey


def coin_float(currency: str) -> AccountKey:
    return chart.account("coin", "float", currency)


def reward(party_id: UUID, coins: Money, worth: Money) -> Legs:
    """Coins are earned; what redeeming them will cost is set aside and is our expense now."""
    return (
        Leg("coin.set_aside", _expense(worth), coin_float(worth.currency), worth),
        Leg("coin.earned", _issued(coins), _held(party_id, coins), coins),
    )


def redeem(party_id: UUID, coins: Money, worth: Money, paid_to: AccountKey) -> Legs:
    """Coins are exchanged for money in a wallet; a purchase with coins is paid from there."""
    return (
        Leg("coin.redeemed", _held(party_id, coins), _issued(coins), coins),
        Leg("coin.paid", coin_float(worth.currency), paid_to, worth),
    )


def expire(party_id: UUID, coins: Money, worth: Money) -> Legs:
    """Coins nobody used in time: what was set aside for them is no expense after all."""
    return (
        Leg("coin.expired", _held(party_id, coins), _issued(coins), coins),
        Leg("coin.released", coin_float(worth.currency), _expense(worth), worth),
    )


def _held(party_id: UUID, coins: Money) -> AccountKey:
    return chart.account("coin", "held", coins.currency, party=party_id)


def _issued(coins: Money) -> AccountKey:
    return chart.account("coin", "issued", coins.currency)


def _expense(worth: Money) -> AccountKey:
    return chart.account("coin", "expense", worth.currency)
