"""Where rooms above are asked about a payout: they register in `registers.py`, and are called in its transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

from foundation.actors import Actor
from foundation.reasons import Reason
from foundation.registry import Registry
from payouts.life.models import Payout, PayoutCheck

Outcome = PayoutCheck.Outcome
F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Look:
    """What one check found. One that stops money says why in the creator's words and until when at most."""

    outcome: Outcome
    facts: Mapping[str, Any] = field(default_factory=dict)
    code: Reason | None = None
    until: datetime | None = None
    check: str = ""
    """Filled in by who asks: the check's name."""

    def __post_init__(self) -> None:
        if self.outcome == Outcome.STOPPED and self.code is None:
            raise ValueError("what stops money has a reason the creator can read")


PASSED = Look(Outcome.PASSED)


@dataclass(frozen=True, slots=True)
class Check:
    """A question asked of every payout when it is requested, unfrozen and released; it reads and changes nothing."""

    name: str
    look: Callable[[Payout, datetime], Look]
    policy: str = "1"


@dataclass(frozen=True, slots=True)
class Measured:
    """By what a payout's hours are found."""

    record_id: UUID
    score: int
    refund_ratio: Decimal
    flags: tuple[str, ...] = ()


class Slot(Generic[F]):
    """One function that a room fills in for another."""

    def __init__(self, what: str, default: F | None = None) -> None:
        self.what, self._function = what, default

    def fill(self, function: F) -> F:
        self._function = function
        return function

    @property
    def function(self) -> F:
        if self._function is None:
            raise RuntimeError(f"nobody says {self.what}")
        return self._function


checks: Registry[Check] = Registry("check")
stopping: Slot[Callable[[Payout, Look, Actor, datetime], None]] = Slot("how a payout is stopped")
"""`stop(payout, look, by, at)`: the payout is held and IN_ESCROW; a freeze is written and `freeze_payout` called."""
measuring: Slot[Callable[[UUID], Measured]] = Slot("how a creator stands")


def check(name: str, policy: str = "1") -> Callable[[Callable[[Payout, datetime], Look]], Callable[..., Look]]:
    """Ask this function of every payout."""

    def register(look: Callable[[Payout, datetime], Look]) -> Callable[..., Look]:
        checks.add(name, Check(name, look, policy))
        return look

    return register
