"""What an invoice's transfers make of it."""

from __future__ import annotations

from dataclasses import dataclass

from foundation.money import Money
from processors.crypto.states import InvoiceState

S = InvoiceState


@dataclass(frozen=True, slots=True)
class Use:
    """What coins that are ours are used for: the price, or nothing but the fan's wallet."""

    price: Money


def use_of(
    worth: Money, price: Money, tolerance: Money, *, is_paid: bool, is_over: bool, is_coming: bool
) -> Use | None:
    """What to do with coins nothing has claimed yet; None: wait.

    Enough of them pay, whenever they came. What comes after the price was paid is the fan's; so is what never became
    enough, once the time is over and nothing more is on its way.
    """
    nothing = Money.zero(price.currency)
    if is_paid:
        return Use(nothing)
    if worth + tolerance >= price:
        return Use(price)
    return Use(nothing) if is_over and not is_coming else None


@dataclass(frozen=True, slots=True)
class Standing:
    """An invoice's transfers, counted."""

    is_paid: bool
    is_over: bool
    is_surplus: bool
    is_late: bool
    """Something that was used came too late."""
    is_deep: bool
    """Everything that was used lies deeper than blocks are followed."""
    confirmed: int
    confirming: int
    seen: int
    lost: int


def judge(now: Standing) -> InvoiceState:
    """The state these facts make."""
    if now.is_paid:
        if now.is_deep:
            return S.SETTLED
        if now.is_surplus:
            return S.OVERPAID
        return S.LATE if now.is_late else S.CONFIRMED
    if now.confirming:
        return S.CONFIRMING
    if now.seen:
        return S.SEEN
    if now.confirmed:
        return S.LATE if now.is_late else S.UNDERPAID
    if now.lost:
        return S.REORGED
    return S.EXPIRED if now.is_over else S.CREATED
