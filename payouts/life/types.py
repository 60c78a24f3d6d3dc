"""What other rooms and pages see of a payout, for staff; creators read it through the room of transparency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation.money import Money
from payouts.life.states import BatchState, EscrowStatus, InstructionState, PayoutState

DOCUMENTS_ABOUT = "payout"  # under which documents about one are kept


@dataclass(frozen=True, slots=True)
class PayoutView:
    id: UUID
    creator_id: UUID
    method_id: UUID
    rail: str
    amount: Money
    fee: Money
    withheld: Money
    """Kept back for a tax office of what was asked for; the amount is the rest."""
    origin: str
    state: PayoutState
    reason_code: str
    is_disputed: bool
    needs_approval: bool
    approval_id: UUID | None
    requested_at: datetime
    due_at: datetime | None
    promised_at: datetime | None
    sent_at: datetime | None
    paid_at: datetime | None
    ended_at: datetime | None
    ended_reason: str


@dataclass(frozen=True, slots=True)
class EscrowView:
    status: EscrowStatus
    starts_at: datetime
    planned_release_at: datetime
    first_release_at: datetime
    released_at: datetime | None
    hours: int
    extension_reason: str
    score: int
    score_record_id: UUID
    risk_factors: tuple[str, ...]
    sources: dict[str, int]
    warning: str

    @property
    def is_extended(self) -> bool:
        return self.planned_release_at > self.first_release_at


@dataclass(frozen=True, slots=True)
class CheckView:
    kind: str
    outcome: str
    facts: dict[str, object]
    policy: str
    at: datetime


@dataclass(frozen=True, slots=True)
class InstructionView:
    id: UUID
    payout_id: UUID
    number: int
    reference: str
    rail: str
    state: InstructionState
    batch_id: UUID | None
    provider_ref: str
    code: str
    provider_text: str
    sent_at: datetime | None
    answered_at: datetime | None
    repairs: int
    repair_at: datetime | None


@dataclass(frozen=True, slots=True)
class BatchView:
    id: UUID
    rail: str
    reference: str
    state: BatchState
    count: int
    total: Money
    file_name: str
    file_sha256: str
    bank_ref: str
    refused_reason: str
    created_at: datetime
    transmitted_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Payouts that have not left, of one currency."""

    currency: str
    count: int
    amount: Money
