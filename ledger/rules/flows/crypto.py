"""Coins arrive: the exact integer of the chain is booked, to the last grain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from foundation.money import EXPONENTS, Money, total
from ledger import chart
from ledger.rules.flows.fx import Rate
from ledger.rules.legs import Leg, Legs, Moved, Source, least
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


@dataclass(frozen=True, slots=True)
class Coins:
    """Coins and what one of them is worth."""

    amount: Money
    rate: Rate

    @property
    def worth(self) -> Money:
        return self.rate.of(self.amount)


def unclaimed(currency: str) -> AccountKey:
    """Where coins wait until it is known what they pay for."""
    return chart.account("suspense", "unmatched", currency)


def use(coins: Iterable[Coins], price: Money, paid_to: AccountKey, wallet: AccountKey) -> Legs:
    """Coins that waited become ours, and their worth pays the price; what is more is the fan's, what is less we give.

    With a price of nothing all of it is the fan's.
    """
    sold = tuple(coins)
    bought = chart.account("fx", "trading", price.currency)
    worth = total((one.worth for one in sold), price.currency)
    paid = least(worth, price)
    return (
        *(
            Leg(
                "crypto.sold", unclaimed(one.amount.currency),
                chart.account("fx", "trading", one.amount.currency), one.amount, meta=one.rate.said,
            )
            for one in sold
        ),
        Leg("crypto.bought", bought, paid_to, paid),
        Leg("crypto.forgiven", chart.account("compensation", "expense", price.currency), paid_to, price - paid),
        Leg("crypto.surplus", bought, wallet, worth - paid),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sent:
    """Coins that left our keys, and what their network took for it, in units of their chain."""

    coin: str
    units: int
    fee_coin: str
    fee_units: int = 0


def send(sent: Sent, given_back: Money, clearing: AccountKey) -> Legs:
    """Coins leave the treasury for what a refund gave back; the network's fee is ours.

    What they were bought and given back for stays in our position; the clearing account is nil again.
    """
    trading = chart.account("fx", "trading", given_back.currency)
    return (
        *_out("crypto.sent", sent.coin, sent.units, chart.account("fx", "trading", sent.coin)),
        Leg("crypto.given_back", clearing, trading, given_back),
        *_out("crypto.network_fee", sent.fee_coin, sent.fee_units, chart.bank("fees", "network", sent.fee_coin)),
    )


def _out(kind: str, currency: str, on_chain: int, taken_from: AccountKey) -> Legs:
    """Coins that leave, whole units and grain; the grain comes out of dust."""
    amount, grain = split_grain(currency, on_chain)
    legs = (Leg(kind, taken_from, chart.account("treasury", "crypto", currency), amount),)
    if currency not in chart.GRAIN_OF:
        return legs
    dust = Money(grain, chart.GRAIN_OF[currency])
    collected = chart.account("dust", "collected", dust.currency)
    return (*legs, Leg(f"{kind}_dust", collected, chart.account("treasury", "crypto", dust.currency), dust))


def undo(posted: Iterable[Moved], wallet: Source) -> Legs:
    """The chain took the coins back: everything is taken back, from the fan's wallet as far as it is there."""
    legs: list[Leg] = []
    for leg in reversed(list(posted)):
        back = least(leg.left, wallet.free) if leg.credit == wallet.account else leg.left
        legs.append(leg.back("crypto.undone", back))
        if back < leg.left:
            loss = chart.account("write_off", "loss", leg.amount.currency)
            legs.append(Leg("crypto.lost", loss, leg.debit, leg.left - back))
    return tuple(legs)
