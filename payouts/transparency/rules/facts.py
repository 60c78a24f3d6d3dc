"""What the words, the colour and the dates of one payout are made of: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from payouts.life.states import EscrowStatus, PayoutState


@dataclass(frozen=True, slots=True)
class Hold:
    """A live freeze of this payout, or of everything."""

    code: str
    facts: Mapping[str, Any]
    action: str
    ends_by: datetime
    frees_itself: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """One payout, read once."""

    state: PayoutState
    escrow: EscrowStatus
    rail: str
    rail_name: str
    code: str
    hours: int
    due_at: datetime | None
    leaves_at: datetime | None
    """When its hours are over."""
    sent_at: datetime | None
    ended_at: datetime | None
    needs_people: bool
    """It is large, and a second person has not agreed yet."""
    is_extended: bool
    is_warned: bool
    is_way_shut: bool
    is_sent_again: bool
    """A rail did not take it the first time."""
    holds: tuple[Hold, ...] = ()
    bank_says: str = ""
    """Why the bank sent it back, by the rails' common vocabulary; empty when nobody said."""
    told: Mapping[str, Any] = field(default_factory=dict)
    """The creator's own figures that fill a reason's sentence."""

    @property
    def is_stuck(self) -> bool:
        """In the queue, and no run takes it until somebody does something."""
        return self.state is PayoutState.QUEUED and self.due_at is None

    @property
    def is_held(self) -> bool:
        return bool(self.holds)

    @property
    def hold(self) -> Hold | None:
        """The one that lasts longest: the date a creator is told is the last of them."""
        return max(self.holds, key=lambda one: one.ends_by, default=None)
