"""Converting money: each currency balances for itself through our trading account in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from foundation.money import EXPONENTS, Money
from ledger import chart
from ledger.rules.legs import Leg, Legs
from ledger.types import AccountKey


@dataclass(frozen=True, slots=True)
class Rate:
    """One unit of `base` is numerator / denominator units of `quote`, on this day by this source."""

    base: str
    quote: str
    numerator: int
    denominator: int
    day: date
    source: str

    def __post_init__(self) -> None:
        if self.base == self.quote or self.numerator <= 0 or self.denominator <= 0 or not self.source:
            raise ValueError("a rate is a positive fraction between two currencies, with a source")

    def of(self, amount: Money) -> Money:
        """The amount in the quoted currency, rounded down to its minor unit; the rest stays with us."""
        if amount.currency != self.base:
            raise ValueError(f"a rate of {self.base} does not convert {amount}")
        scaled = amount.minor * self.numerator * 10 ** EXPONENTS[self.quote]
        return Money(scaled // (self.denominator * 10 ** EXPONENTS[self.base]), self.quote)

    @property
    def said(self) -> dict[str, str]:
        """The rate as a leg carries it."""
        return {
            "rate": f"{self.numerator}/{self.denominator}", "base": self.base, "quote": self.quote,
            "day": self.day.isoformat(), "source": self.source,
        }  # fmt: skip


def convert(paid_from: AccountKey, paid_to: AccountKey, amount: Money, rate: Rate, fee: Money | None = None) -> Legs:
    """The amount leaves one account, its worth enters the other; the fee is taken before converting."""
    fee = fee or Money.zero(amount.currency)
    bought = rate.of(amount - fee)
    trading = {currency: chart.account("fx", "trading", currency) for currency in (rate.base, rate.quote)}
    return (
        Leg("fx.sold", paid_from, trading[rate.base], amount - fee, meta=rate.said),
        Leg("fx.fee", paid_from, chart.account("fx", "income", rate.base), fee),
        Leg("fx.bought", trading[rate.quote], paid_to, bought, meta=rate.said),
    )
