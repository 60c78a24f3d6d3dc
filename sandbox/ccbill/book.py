"""What CCBill knows: tokens, sales, refunds, subscriptions. The latest ones, in memory."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any, Generic, TypeVar

from sandbox.ccbill.outcomes import Card

KEPT = 50_000
FOREVER = 2_147_483_647
WITHOUT_END = 99


@dataclass
class Token:
    """A payment token: a card, whose it is, and how long and how often it may be charged."""

    id: str
    card: Card
    customer: dict[str, str]
    made_at: datetime
    hours: int = FOREVER
    uses: int = FOREVER
    used: int = 0
    original: str = ""
    subscription_id: str = ""


@dataclass(frozen=True)
class Refund:
    """Money that went back, wholly or in part."""

    id: str
    amount: Decimal
    at: datetime
    by: str


@dataclass
class Sale:
    """One charge that was tried; `told` is the amount it names, `amount` what was really taken."""

    id: str
    kind: str
    subscription_id: str
    token: str
    card: Card
    amount: Decimal
    told: Decimal
    currency: int
    at: datetime
    decline: int
    customer: dict[str, str]
    named: dict[str, str]
    threeds: str = ""
    refunds: list[Refund] = field(default_factory=list)
    voided_at: datetime | None = None
    charged_back_at: datetime | None = None
    returned_at: datetime | None = None

    @property
    def is_approved(self) -> bool:
        return not self.decline

    @property
    def refunded(self) -> Decimal:
        return sum((refund.amount for refund in self.refunds), Decimal())

    @property
    def left(self) -> Decimal:
        """What can still go back by a refund."""
        gone = not self.is_approved or self.voided_at or self.charged_back_at or self.returned_at
        return Decimal() if gone else self.amount - self.refunded

    def as_json(self) -> dict[str, Any]:
        return {
            "transaction_id": self.id,
            "kind": self.kind,
            "subscription_id": self.subscription_id,
            "token": self.token,
            "last4": self.card.last4,
            "amount": str(self.amount),
            "currency": self.currency,
            "approved": self.is_approved,
            "decline_code": self.decline or None,
            "at": self.at.isoformat(),
            "pass_through": self.named,
            "refunded": str(self.refunded),
            "voided": self.voided_at is not None,
            "charged_back": self.charged_back_at is not None,
            "returned": self.returned_at is not None,
        }


@dataclass
class Subscription:
    """What follows a first charge: rebills until they end, then its expiry."""

    id: str
    first: Sale
    initial_period: int
    recurring_price: Decimal
    recurring_period: int
    rebills: int
    due_at: datetime | None
    sales: list[Sale]
    rebilled: int = 0
    failed: int = 0
    cancelled_at: datetime | None = None
    expired_at: datetime | None = None

    @property
    def will_rebill(self) -> bool:
        left = self.rebills == WITHOUT_END or self.rebilled < self.rebills
        return bool(self.recurring_period and left and not self.cancelled_at and not self.expired_at)

    @property
    def status(self) -> int:
        """0 inactive, 1 active but ending, 2 active and recurring."""
        return 0 if self.expired_at or not self.first.is_approved else 2 if self.will_rebill else 1

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "status": self.status,
            "times_rebilled": self.rebilled,
            "next_at": self.due_at.isoformat() if self.due_at else None,
            "cancelled": self.cancelled_at is not None,
            "expired": self.expired_at is not None,
            "recurring_price": str(self.recurring_price),
        }


Kept = TypeVar("Kept")


class Shelf(Generic[Kept]):
    """The latest so many things, by id."""

    def __init__(self) -> None:
        self._things: OrderedDict[str, Kept] = OrderedDict()

    def put(self, key: str, thing: Kept) -> None:
        self._things[key] = thing
        while len(self._things) > KEPT:
            self._things.popitem(last=False)

    def get(self, key: str) -> Kept | None:
        return self._things.get(key)

    def all(self) -> list[Kept]:
        return list(self._things.values())

    def newest(self, most: int) -> list[Kept]:
        found: list[Kept] = []
        for key in reversed(self._things):
            if len(found) == most:
                break
            found.append(self._things[key])
        return found


@dataclass(frozen=True)
class Line:
    """One line of the day's report."""

    type: str
    subscription_id: str
    transaction_id: str
    amount: Decimal | None
    at: datetime


class Book:
    """Everything, with numbers no earlier start has given away."""

    def __init__(self) -> None:
        self.tokens: Shelf[Token] = Shelf()
        self.sales: Shelf[Sale] = Shelf()
        self.subscriptions: Shelf[Subscription] = Shelf()
        self.by_token: Shelf[deque[Sale]] = Shelf()
        self.lines: deque[Line] = deque(maxlen=KEPT * 2)
        self._start = f"{datetime.now(UTC):%y%m%d%H%M%S}"
        self._numbers = count(1)

    def number(self) -> str:
        """A number of 19 digits, for a subscription, a transaction or a denial."""
        return f"{self._start}{next(self._numbers):07d}"

    def add(self, sale: Sale) -> None:
        self.sales.put(sale.id, sale)
        charged = self.by_token.get(sale.token)
        if charged is None:
            self.by_token.put(sale.token, charged := deque(maxlen=1_000))
        charged.append(sale)

    def write(self, kind: str, sale: Sale, amount: Decimal | None, at: datetime) -> None:
        self.lines.append(Line(kind, sale.subscription_id, sale.id, amount, at))

    def sale_named(self, number: str) -> Sale | None:
        """A sale by its own number, or the latest approved one of a subscription."""
        if sale := self.sales.get(number):
            return sale
        subscription = self.subscriptions.get(number)
        return next((sale for sale in reversed(subscription.sales) if sale.is_approved), None) if subscription else None
