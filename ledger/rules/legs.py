"""A leg: one amount that leaves one account and enters another. A flow is a tuple of legs; those of nothing are not
posted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from foundation.ids import named_id
from foundation.money import Money
from ledger.types import AccountKey


@dataclass(frozen=True, slots=True)
class Leg:
    kind: str
    debit: AccountKey
    credit: AccountKey
    amount: Money
    reverses: UUID | None = None
    meta: dict[str, Any] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if {self.debit.currency, self.credit.currency} != {self.amount.currency}:
            raise ValueError(f"{self.kind}: {self.debit.path} -> {self.credit.path} cannot move {self.amount}")
        if self.amount.minor < 0:
            raise ValueError(f"{self.kind} moves {self.amount}; the other direction is another leg")


Legs = tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class Reserve:
    """An amount to be held on an account: it stays there and cannot leave."""

    account: AccountKey
    amount: Money


@dataclass(frozen=True, slots=True)
class Source:
    """An account and what may leave it now: posted less held."""

    account: AccountKey
    free: Money


@dataclass(frozen=True, slots=True)
class Moved:
    """A posted leg, and how much of it was taken back so far."""

    id: UUID
    debit: AccountKey
    credit: AccountKey
    amount: Money
    reversed: Money

    @property
    def left(self) -> Money:
        return self.amount - self.reversed

    def back(self, kind: str, amount: Money) -> Leg:
        """The leg that takes back this much of it."""
        return Leg(kind, self.credit, self.debit, amount, reverses=self.id)


def leg_id(journal_id: UUID, kind: str, nth: int = 0) -> UUID:
    """The id of the n-th leg of this kind in a journal, known before and after it is posted."""
    return named_id("ledger.leg", journal_id, kind, nth)


def least(one: Money, other: Money) -> Money:
    """The smaller of two, and never less than nothing."""
    return max(min(one, other), Money.zero(one.currency))


def fill(kind: str, sources: Iterable[Source], into: AccountKey, wanted: Money) -> tuple[Legs, Money]:
    """Take from the sources in their order as much as is wanted; returns what is still missing."""
    legs = []
    for source in sources:
        part = least(wanted, source.free)
        if part:
            legs.append(Leg(kind, source.account, into, part))
            wanted -= part
    return tuple(legs), wanted


def reserve(sources: Iterable[Source], wanted: Money) -> tuple[Reserve, ...]:
    """Hold as much as is wanted where it lies, in the order given; what is not there is not held."""
    reserves = []
    for source in sources:
        part = least(wanted, source.free)
        if part:
            reserves.append(Reserve(source.account, part))
            wanted -= part
    return tuple(reserves)
