"""One flow with its figures: what stood before, the legs, and what stands after, said in advance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from foundation.ids import named_id
from foundation.money import Money
from ledger import chart
from ledger.rules.flows.sales import Product, Sale
from ledger.rules.legs import Leg, Legs, Moved, Reserve, Source, leg_id
from ledger.types import AccountKey

# The people of the examples.
MAYA, NORA, SAM = (named_id("worked", name) for name in ("Maya", "Nora", "Sam"))
BOYFANZ = named_id("worked", "BoyFanz")
WHO = {MAYA: "Maya", NORA: "Nora", SAM: "Sam", BOYFANZ: "BoyFanz"}
ROCKETGATE = chart.clearing("rocketgate", "USD")


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def line(purpose: str, product: str = Product.SUBSCRIPTION) -> AccountKey:
    return chart.earning_line(purpose, MAYA, BOYFANZ, product, "USD")


def maya(purpose: str) -> AccountKey:
    return chart.creator(purpose, MAYA, "USD")


def house(kind: str, purpose: str, currency: str = "USD", **parts: Any) -> AccountKey:
    return chart.account(kind, purpose, currency, **parts)


SALES = house("platform", "sales", platform=BOYFANZ, source=Product.SUBSCRIPTION)
REVENUE = chart.revenue(BOYFANZ, Product.SUBSCRIPTION, "USD")
TAX = house("tax", "payable", platform=BOYFANZ, source="de")
WALLET = chart.wallet(SAM, "USD")


def sold(**changes: Any) -> Sale:
    """A month with Maya for 23.80 USD, 3.80 of it tax; Maya gets 80 %."""
    facts: dict[str, Any] = {
        "platform_id": BOYFANZ, "product": Product.SUBSCRIPTION, "creator_id": MAYA, "gross": usd(23_80),
        "tax": usd(3_80), "creator_basis_points": 8_000, "paid_from": ROCKETGATE, "jurisdiction": "de",
    }  # fmt: skip
    return Sale(**{**facts, **changes})


def debit(minor: int) -> int:
    """A balance on the debit side."""
    return -minor


def credit(minor: int) -> int:
    """A balance on the credit side."""
    return minor


def posted(name: str, leg: Leg, back: int = 0) -> Moved:
    """A leg of an earlier example as it stands, with what was taken back of it."""
    return Moved(
        leg_id(named_id("worked", name), leg.kind), leg.debit, leg.credit, leg.amount, Money(back, leg.amount.currency)
    )


Balances = Mapping[AccountKey, int]


@dataclass(frozen=True)
class Example:
    """`flow` is the function that makes the legs; `after` lists every account that does not end at nil."""

    flow: Callable[..., Any]
    title: str
    story: str
    legs: Legs
    after: Balances
    before: Balances = field(default_factory=dict)
    held: tuple[Reserve, ...] = ()

    @property
    def name(self) -> str:
        module = self.flow.__module__.rsplit(".", 1)[-1]
        return f"{module}.{self.flow.__name__}"

    def balances(self) -> dict[AccountKey, int]:
        """Every account touched, with what stands on it in the end, as the legs make it."""
        sums: Counter[AccountKey] = Counter(self.before)
        for leg in self.legs:
            if leg.amount:
                sums[leg.debit] -= leg.amount.minor
                sums[leg.credit] += leg.amount.minor
        return dict(sums)


def source(key: AccountKey, minor: int) -> Source:
    return Source(key, Money(minor, key.currency))
