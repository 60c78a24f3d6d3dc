"""A payout, a freeze and a standing as their creator sees them: everything in here may be shown to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from foundation.money import Money
from payouts.freezes.states import FreezeType
from payouts.integrity.rules.scoring import Tier
from payouts.life.states import CreatorStatus


class Place(StrEnum):
    """Who has the money."""

    PLATFORM = "platform"
    RAIL = "rail"
    BANK = "bank"


class Progress(StrEnum):
    DONE = "done"
    NOW = "now"
    STUCK = "stuck"
    TODO = "todo"


class MessageKind(StrEnum):
    INFO = "INFO"
    WARNING = "WARNING"
    ACTION_REQUIRED = "ACTION_REQUIRED"


@dataclass(frozen=True, slots=True)
class StageForCreator:
    """One of the three on the way: us, the rail, the bank."""

    place: Place
    name: str
    progress: Progress
    note: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """When the money leaves and when it is there, computed from the rail's calendar."""

    sent_by: datetime
    arrives_by: datetime
    why: str
    is_estimate: bool = False
    """It depends on somebody's decision: the date holds if that comes by its own date."""


@dataclass(frozen=True, slots=True)
class Option:
    """Something the creator can do, and what it does to the date."""

    name: str
    label: str
    effect: str
    path: str = ""
    arrives_by: datetime | None = None
    method_id: UUID | None = None
    fee: Money | None = None


@dataclass(frozen=True, slots=True)
class PayoutForCreator:
    """One payout as its creator sees it."""

    id: UUID
    amount: Money
    fee: Money
    receives: Money
    rail: str
    destination: str
    method_id: UUID
    status: CreatorStatus
    word: str
    """Where it stands, in a word or three: `Waits with us`, `With your bank`."""
    stages: tuple[StageForCreator, ...]
    arrival: Arrival | None
    """None once it is over."""
    reason: str
    until: str
    """By when it goes on or a person answers, as a sentence; empty when the arrival says it all."""
    options: tuple[Option, ...]
    is_running: bool
    can_cancel: bool
    can_reroute: bool
    is_asked_by_schedule: bool
    requested_at: datetime
    leaves_at: datetime | None
    promised_at: datetime | None
    sent_at: datetime | None
    paid_at: datetime | None
    ended_at: datetime | None
    withheld: Money
    """Kept back for a tax office, before the amount."""


@dataclass(frozen=True, slots=True)
class MomentForCreator:
    """One line of a payout's history."""

    at: datetime
    title: str
    detail: str = ""
    status: CreatorStatus | None = None
    is_correspondence: bool = False
    """Between the creator and the house alone."""


@dataclass(frozen=True, slots=True)
class MessageForCreator:
    id: UUID
    kind: MessageKind
    title: str
    body: str
    path: str
    at: datetime
    is_read: bool


@dataclass(frozen=True, slots=True)
class FreezeForCreator:
    """Money that is stopped: the cause, the date, what can be done, how far it is."""

    id: UUID
    freeze_type: FreezeType
    status: CreatorStatus
    title: str
    reason: str
    until: str
    """The date as a sentence."""
    ends_by: datetime
    options: tuple[Option, ...]
    progress: int | None
    amount: Money | None
    payout_id: UUID | None
    frozen_at: datetime
    released_at: datetime | None


@dataclass(frozen=True, slots=True)
class EscrowRange:
    """How long payouts wait, in hours: this creator's now, the shortest and the longest there is."""

    current_hours: int
    least_hours: int
    most_hours: int

    @property
    def current_days(self) -> str:
        return days(self.current_hours)

    @property
    def least_days(self) -> str:
        return days(self.least_hours)

    @property
    def most_days(self) -> str:
        return days(self.most_hours)


@dataclass(frozen=True, slots=True)
class Hint:
    """One way upward, and what it is good for."""

    name: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class StandingForCreator:
    """The tier, what it means, what leads upward."""

    tier: Tier
    meaning: str
    next_tier: Tier | None
    since: datetime
    hints: tuple[Hint, ...]
    escrow: EscrowRange
    history: tuple[MomentForCreator, ...]


@dataclass(frozen=True, slots=True)
class StatusForCreator:
    """Everything at a glance: the worst of what runs, and each running payout."""

    status: CreatorStatus
    headline: str
    next_arrival: datetime | None
    payouts: tuple[PayoutForCreator, ...]
    freezes: tuple[FreezeForCreator, ...]
    tier: Tier
    escrow: EscrowRange
    messages: tuple[MessageForCreator, ...]
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PayoutDossier:
    """One payout with its past, what was written about it, and whom to ask."""

    payout: PayoutForCreator
    timeline: tuple[MomentForCreator, ...]
    messages: tuple[MessageForCreator, ...]


@dataclass(frozen=True, slots=True)
class KeptPromises:
    """Of so many payouts that arrived, how many by the date first said."""

    payouts: int
    kept: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a payout would be if it were asked for now."""

    amount: Money
    withheld: Money
    """Kept back for a tax office."""
    fee: Money
    receives: Money
    waits_hours: int
    arrival: Arrival


def days(hours: int) -> str:
    """Hours as days in plain words of a number: 12 -> 0.5, 24 -> 1."""
    whole, rest = divmod(hours, 24)
    return f"{whole}.{rest * 10 // 24}" if rest else str(whole)


@dataclass(frozen=True, slots=True)
class AskedForCreator:
    """A question to a person, and the answer if there is one."""

    words: str
    asked_at: datetime
    answer: str
    answered_at: datetime | None
