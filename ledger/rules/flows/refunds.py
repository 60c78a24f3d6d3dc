"""Giving a buyer money back: the parts of the sale are taken back as they were made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from foundation.money import Money
from ledger import chart
from ledger.errors import ReversedTooMuch
from ledger.rules.flows.clawback import claw_back, in_order
from ledger.rules.legs import Leg, Legs, Moved, Source, least
from ledger.types import AccountKey


class FeePolicy(StrEnum):
    RETURNED = "returned"
    """We give our part of the fee back."""
    KEPT = "kept"
    """The creator bears our part of the fee too."""


@dataclass(frozen=True, slots=True)
class Sold:
    """A posted sale: what brought the money, its parts, and how much of each was taken back."""

    paid: tuple[Moved, ...]
    """The leg that brought the money, and those that brought it again when a dispute was won."""
    share: Moved
    fee: Moved
    tax: Moved
    is_counted: bool = True

    @property
    def parts(self) -> tuple[Moved, Moved, Moved]:
        return self.share, self.fee, self.tax

    @property
    def earned(self) -> AccountKey:
        return self.share.credit

    @property
    def creator_id(self) -> UUID:
        if self.earned.party_id is None:
            raise ValueError(f"{self.earned.path} is no creator's")
        return self.earned.party_id

    @property
    def owing(self) -> AccountKey:
        return chart.creator("receivable", self.creator_id, self.earned.currency)


def parts_of(sold: Sold, amount: Money) -> tuple[Money, ...]:
    """Share, fee and tax of a part of a sale, by what is left of each: the last part takes the rest to the cent.

    Refuses more than is left.
    """
    left = [part.left.minor for part in sold.parts]
    _check(amount, sum(left))
    return amount.allocate(*left) if amount else (amount,) * 3


def _check(amount: Money, left: int) -> None:
    if amount.minor > left:
        raise ReversedTooMuch(
            "ledger.reversed_too_much", "More would be given back than was paid.",
            asked_minor=amount.minor, left_minor=left,
        )  # fmt: skip


def take_apart(sold: Sold, amount: Money, policy: FeePolicy, sources: Iterable[Source]) -> Legs:
    """The parts of a sale flow back into it: fee and tax from where they went, the share from the creator's money."""
    share, fee, tax = parts_of(sold, amount)
    kept = fee if policy is FeePolicy.KEPT else Money.zero(fee.currency)
    return (
        sold.share.back("refund.share", share),
        sold.fee.back("refund.fee", fee),
        sold.tax.back("refund.tax", tax),
        Leg("refund.fee_kept", sold.earned, sold.fee.credit, kept),
        *claw_back(sold.earned, share + kept, in_order(sources, sold.earned, is_counted=sold.is_counted), sold.owing),
    )


def refund(sold: Sold, amount: Money, policy: FeePolicy = FeePolicy.RETURNED, sources: Iterable[Source] = ()) -> Legs:
    """Some or all of a sale goes back to where it came from.

    Share, fee and tax shrink in proportion to what is left of them. The creator's part is taken from available, then
    pending; what is not there is owed. Refuses more than is left of the sale; the database refuses it once more.
    """
    _check(amount, sum(paid.left.minor for paid in sold.paid))
    given, _ = give_back("refund.paid", sold, amount)
    return (*given, *take_apart(sold, amount, policy, sources))


def give_back(kind: str, sold: Sold, amount: Money) -> tuple[Legs, Money]:
    """Take back what was paid, leg by leg that brought it; returns what goes beyond all of them."""
    legs = []
    for paid in sold.paid:
        part = least(amount, paid.left)
        legs.append(paid.back(kind, part))
        amount -= part
    return tuple(legs), amount
