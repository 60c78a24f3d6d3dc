"""News of payouts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation.events import Event


@dataclass(frozen=True)
class PayoutRequested(Event, type="payout.requested"):
    told_when = "a creator's money left available and waits in escrow"

    payout_id: UUID
    creator_id: UUID
    amount_minor: int
    currency: str
    rail: str
    origin: str


@dataclass(frozen=True)
class PayoutEscrowed(Event, type="payout.escrowed"):
    told_when = "every check has looked at a payout and its hours run"

    payout_id: UUID
    creator_id: UUID
    hours: int
    planned_release_at: datetime
    warning: str


@dataclass(frozen=True)
class PayoutExtended(Event, type="payout.extended"):
    told_when = "a payout that waits was made to wait longer"

    payout_id: UUID
    creator_id: UUID
    planned_release_at: datetime
    code: str


@dataclass(frozen=True)
class PayoutFrozen(Event, type="payout.frozen"):
    told_when = "a payout was stopped before it left"

    payout_id: UUID
    creator_id: UUID
    code: str


@dataclass(frozen=True)
class PayoutUnfrozen(Event, type="payout.unfrozen"):
    told_when = "a stopped payout waits in escrow again"

    payout_id: UUID
    creator_id: UUID
    code: str


@dataclass(frozen=True)
class PayoutReleased(Event, type="payout.released"):
    told_when = "a payout's hours are over and it waits for the next run of its rail"

    payout_id: UUID
    creator_id: UUID
    amount_minor: int
    currency: str
    rail: str
    leaves_at: datetime


@dataclass(frozen=True)
class PayoutMethodChosen(Event, type="payout.rerouted"):
    told_when = "a payout that has not left goes to another destination"

    payout_id: UUID
    creator_id: UUID
    method_id: UUID
    rail: str


@dataclass(frozen=True)
class PayoutSent(Event, type="payout.sent"):
    told_when = "a payout was handed to its rail"

    payout_id: UUID
    creator_id: UUID
    instruction_id: UUID
    reference: str
    amount_minor: int
    fee_minor: int
    currency: str
    rail: str


@dataclass(frozen=True)
class PayoutTaken(Event, type="payout.taken"):
    told_when = "a rail took a payout; its end comes later"

    payout_id: UUID
    creator_id: UUID
    rail: str


@dataclass(frozen=True)
class PayoutPaid(Event, type="payout.paid"):
    told_when = "a rail says that a payout arrived"

    payout_id: UUID
    creator_id: UUID
    amount_minor: int
    currency: str
    rail: str
    paid_at: datetime


@dataclass(frozen=True)
class PayoutFailed(Event, type="payout.failed"):
    told_when = "a rail refused a payout; its money is available again"

    payout_id: UUID
    creator_id: UUID
    amount_minor: int
    currency: str
    rail: str
    code: str


@dataclass(frozen=True)
class PayoutReturned(Event, type="payout.returned"):
    told_when = "a payout came back from the bank; its money is available again"

    payout_id: UUID
    creator_id: UUID
    amount_minor: int
    currency: str
    rail: str
    code: str


@dataclass(frozen=True)
class PayoutCancelled(Event, type="payout.cancelled"):
    told_when = "a payout was given up before it left; its money is available again"

    payout_id: UUID
    creator_id: UUID
    amount_minor: int
    currency: str
    reason: str


@dataclass(frozen=True)
class PayoutAlarm(Event, type="payout.alarm"):
    told_when = "something about a payout or a file does not add up; a person has to look"

    payout_id: UUID | None
    kind: str
    detail: str
    batch_id: UUID | None = None
