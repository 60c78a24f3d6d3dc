"""What each rail takes and costs, and from which amount on a second person agrees: tables, by currency."""

from __future__ import annotations

from dataclasses import dataclass

from foundation.money import EXPONENTS, Money
from payouts.life.errors import refusal


@dataclass(frozen=True, slots=True)
class Terms:
    """The least and most of one payout, and our fee for it."""

    least: Money
    most: Money
    fee: Money


# rail -> currency -> (least, most, fee) in minor units.
_TABLE: dict[str, dict[str, tuple[int, int, int]]] = {
    "paxum": {"USD": (20_00, 50_000_00, 1_00), "EUR": (20_00, 50_000_00, 1_00)},
    "epayservice": {"USD": (20_00, 30_000_00, 1_00)},
    "ach": {"USD": (20_00, 100_000_00, 0)},
    "sepa": {"EUR": (20_00, 100_000_00, 0)},
    "wire": {
        "USD": (500_00, 1_000_000_00, 25_00), "EUR": (500_00, 1_000_000_00, 20_00),
        "GBP": (500_00, 1_000_000_00, 20_00), "CAD": (500_00, 1_000_000_00, 30_00),
        "AUD": (500_00, 1_000_000_00, 35_00), "CHF": (500_00, 1_000_000_00, 20_00), "JPY": (70_000, 150_000_000, 3_500),
    },
    "crypto": {
        "BTC": (50_000, 10_00000000, 2_000), "ETH": (10_000_000, 500_000000000, 200_000),
        "USDC": (20_000000, 1_000_000_000000, 1_000000),
    },
}  # fmt: skip

# From this amount on a second person agrees, about ten thousand dollars.
_LARGE = {
    "USD": 10_000_00, "EUR": 10_000_00, "GBP": 8_000_00, "CAD": 13_000_00, "AUD": 15_000_00, "CHF": 9_000_00,
    "JPY": 1_500_000, "BTC": 10_000_000, "ETH": 3_000000000, "USDC": 10_000_000000,
}  # fmt: skip
# Up to this amount a payout may leave before a creator has proved who they are.
_UNPROVED = {
    "USD": 1_000_00, "EUR": 1_000_00, "GBP": 800_00, "CAD": 1_300_00, "AUD": 1_500_00, "CHF": 900_00, "JPY": 150_000,
    "BTC": 1_000_000, "ETH": 300000000, "USDC": 1_000_000000,
}  # fmt: skip

# What banks on the way may keep of a payout that comes back, about fifty dollars; beyond it people look.
_MOST_KEPT = {
    "USD": 50_00, "EUR": 50_00, "GBP": 40_00, "CAD": 65_00, "AUD": 75_00, "CHF": 45_00, "JPY": 7_500,
}  # fmt: skip


def terms(rail: str, currency: str) -> Terms | None:
    """What holds for this rail and currency; None when it does not pay in it."""
    row = _TABLE.get(rail, {}).get(currency)
    return Terms(*(Money(minor, currency) for minor in row)) if row else None


def refuse_outside(rail: str, amount: Money) -> Terms:
    """What holds for this amount; refuses a currency the rail does not pay in, and too little or too much."""
    found = terms(rail, amount.currency)
    if found is None:
        raise refusal("payouts.not_by_this_rail", rail=rail, currency=amount.currency)
    if amount < found.least:
        raise refusal("payouts.too_little", least_minor=found.least.minor, currency=amount.currency)
    if amount > found.most:
        raise refusal("payouts.too_much", most_minor=found.most.minor, currency=amount.currency)
    return found


def currencies(rail: str) -> tuple[str, ...]:
    return tuple(_TABLE.get(rail, ()))


def is_large(amount: Money) -> bool:
    """Whether a second person agrees before it leaves; yes where nobody set a figure."""
    return amount.minor >= _LARGE.get(amount.currency, 0)


def large_from(currency: str) -> Money:
    return Money(_LARGE.get(currency, 0), currency)


def needs_proof(amount: Money) -> bool:
    """Whether so much only goes to somebody who has proved who they are."""
    return amount.minor > _UNPROVED.get(amount.currency, 0)


def kept_on_return(sent: Money, came: Money) -> Money | None:
    """What banks kept of a payout that came back for less; None where that is no charge of theirs: people look."""
    if came.currency != sent.currency or not 0 < came.minor < sent.minor:
        return None
    kept = sent - came
    return kept if kept.minor <= _MOST_KEPT.get(sent.currency, 0) else None


assert all(currency in EXPONENTS for rail in _TABLE.values() for currency in rail)
