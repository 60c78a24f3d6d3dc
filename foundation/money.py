"""Money is a whole number of minor units and a currency, never a float."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

LARGEST_IN_JSON: Final = 2**53 - 1
LARGEST_IN_DATABASE: Final = 2**63 - 1

# Digits behind the point. ETH and DAI are kept at 9 digits; what is smaller is counted in WEI and DWEI.
# FZT and FZC are the house's own tokens and loyalty coins.
EXPONENTS: Final[dict[str, int]] = {
    "USD": 2, "EUR": 2, "GBP": 2, "CAD": 2, "AUD": 2, "NZD": 2, "CHF": 2, "SEK": 2, "NOK": 2, "DKK": 2,
    "PLN": 2, "CZK": 2, "HUF": 2, "RON": 2, "BRL": 2, "MXN": 2, "JPY": 0, "KRW": 0, "CLP": 0,
    "KWD": 3, "BHD": 3, "JOD": 3, "OMR": 3, "TND": 3,
    "BTC": 8, "BCH": 8, "LTC": 8, "ETH": 9, "USDC": 6, "DAI": 9, "GUSD": 2,
    "WEI": 0, "DWEI": 0, "FZT": 0, "FZC": 0,
}  # fmt: skip
# Counted inside the house alone: nobody charges, pays or bounds an amount in them.
INTERNAL: Final = frozenset({"WEI", "DWEI", "FZT", "FZC"})
REAL_CURRENCIES: Final = tuple(sorted(EXPONENTS.keys() - INTERNAL))


class CurrencyMismatch(TypeError):
    """Two currencies met in one sum."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole minor units of one currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"money is counted in whole minor units, not {type(self.minor).__name__}")
        if abs(self.minor) > LARGEST_IN_DATABASE:
            raise OverflowError("more money than a column can hold")
        if self.currency not in EXPONENTS:
            raise ValueError(f"unknown currency {self.currency!r}")

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(0, currency)

    @property
    def exponent(self) -> int:
        return EXPONENTS[self.currency]

    def _same(self, other: Money) -> int:
        if not isinstance(other, Money):
            raise TypeError("money only meets money")
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return other.minor

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, times: int) -> Money:
        if type(times) is not int:
            raise TypeError("money is multiplied by whole numbers; shares are made with allocate")
        return Money(self.minor * times, self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def allocate(self, *weights: int) -> tuple[Money, ...]:
        """Shares by weight that add up to the last minor unit; the largest remainders get the odd ones."""
        if not weights or any(type(weight) is not int or weight < 0 for weight in weights) or not any(weights):
            raise ValueError("weights are whole numbers, not negative, and not all zero")
        total, sign, amount = sum(weights), -1 if self.minor < 0 else 1, abs(self.minor)
        shares = [amount * weight // total for weight in weights]
        by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % total), i))
        for i in by_remainder[: amount - sum(shares)]:
            shares[i] += 1
        return tuple(Money(sign * share, self.currency) for share in shares)

    def __str__(self) -> str:
        whole, part = divmod(abs(self.minor), 10**self.exponent)
        digits = f"{whole:,}" + (f".{part:0{self.exponent}d}" if self.exponent else "")
        return f"{'-' if self.minor < 0 else ''}{digits} {self.currency}"


def total(amounts: Iterable[Money], currency: str) -> Money:
    return sum(amounts, Money.zero(currency))
