"""One payout with everything that is known of it, in a number of questions that does not grow with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from foundation.money import Money
from ledger.types import TransferInfo
from payouts.freezes.models import Freeze, ReviewNote
from payouts.freezes.selectors import view_of as view_of_freeze
from payouts.freezes.states import STOPS, FreezeType
from payouts.freezes.types import FreezeView
from payouts.life.errors import refusal
from payouts.life.models import Payout, PayoutBatch, PayoutInstruction
from payouts.life.selectors import batch_view, escrow_view, instruction_view, view_of
from payouts.life.services.by_hand import may_come_back
from payouts.life.services.repairing import OPEN as ASKABLE
from payouts.life.states import CANCELLABLE, STOPPABLE, PayoutState
from payouts.life.types import BatchView, CheckView, EscrowView, InstructionView, PayoutView
from payouts.operations.history import Event, history_of
from payouts.operations.lists import PayoutLine, lines_of
from payouts.operations.questions import first_waiting
from processors.gateways.rails.base import rails

P = PayoutState


@dataclass(frozen=True, slots=True)
class Told:
    """What a rail was told once, and what it said."""

    instruction: InstructionView
    amount: Money
    rail_fee: Money
    merchant: str
    destination: str
    batch: BatchView | None
    can_be_confirmed: bool
    can_come_back: bool


@dataclass(frozen=True, slots=True)
class NoteLine:
    """Something a person should see that stopped nothing."""

    id: int
    rule: str
    severity: str
    code: str
    measures: dict[str, str]
    noted_at: datetime
    seen_by: str
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """A payout, why it stands where it stands, what came of it, and what may be done with it now."""

    payout: PayoutView
    line: PayoutLine
    requested_by: str
    asked_approval_id: UUID | None
    escrow: EscrowView
    checks: Sequence[CheckView]
    """Every look, oldest first."""
    freezes: Sequence[FreezeView]
    """Its own, newest first, and those of everything that stop it."""
    notes: Sequence[NoteLine]
    told: Sequence[Told]
    history: Sequence[Event]
    legs: Sequence[TransferInfo]
    open_question: UUID | None
    """The oldest question of its creator that waits for an answer."""

    @property
    def live_freezes(self) -> list[FreezeView]:
        return [freeze for freeze in self.freezes if freeze.state in STOPS]

    @property
    def can_be_extended(self) -> bool:
        return self.payout.state in (P.IN_ESCROW, P.FROZEN)

    @property
    def can_be_frozen(self) -> bool:
        return self.payout.state in (*STOPPABLE, P.PREPARED)

    @property
    def can_be_cancelled(self) -> bool:
        return self.payout.state in (*CANCELLABLE, P.PREPARED)

    @property
    def is_frozen(self) -> bool:
        return self.payout.state == P.FROZEN

    @property
    def can_be_asked(self) -> bool:
        last = self.told[-1].instruction if self.told else None
        return last is not None and last.state in ASKABLE and rails.find(last.rail).capabilities.asks_status

    @property
    def to_confirm(self) -> UUID | None:
        """The instruction whose end a person tells."""
        return next((one.instruction.id for one in self.told if one.can_be_confirmed), None)

    @property
    def to_return(self) -> Told | None:
        """What was handed over and has not come back."""
        return next((one for one in self.told if one.can_come_back), None)


def dossier_of(payout_id: UUID) -> Dossier:
    """All of it. NotFound."""
    row = Payout.objects.select_related("method", "escrow").filter(pk=payout_id).first()
    if row is None:
        raise refusal("payouts.not_found")
    instructions = list(
        row.instructions.select_related("method", "batch").defer("batch__file").order_by("number")
    )  # fmt: skip
    freezes = _freezes(row)
    checks = list(row.checks.order_by("id"))
    history, legs = history_of(row, instructions, freezes, checks)
    return Dossier(
        payout=view_of(row),
        line=lines_of([row])[0],
        requested_by=row.requested_by,
        asked_approval_id=row.asked_approval_id,
        escrow=escrow_view(row.escrow),
        checks=[CheckView(one.kind, one.outcome, one.facts, one.policy, one.at) for one in checks],
        freezes=[view_of_freeze(one) for one in freezes],
        notes=[
            NoteLine(
                one.pk, one.rule, one.severity, one.code, one.measures, one.noted_at, one.seen_by, one.seen_at
            )
            for one in ReviewNote.objects.filter(payout=row).order_by("-pk")[:20]
        ],
        told=[_told(one, row) for one in instructions],
        history=history,
        legs=legs,
        open_question=first_waiting(row.pk),
    )  # fmt: skip


def payout_of_instruction(instruction_id: UUID) -> UUID:
    """The payout an instruction is of; NotFound."""
    found = PayoutInstruction.objects.filter(pk=instruction_id).values_list("payout_id", flat=True).first()
    if found is None:
        raise refusal("payouts.no_instruction")
    return found


def _freezes(row: Payout) -> list[Freeze]:
    everything = Q(creator_id=row.creator_id, freeze_type=FreezeType.ACCOUNT, state__in=STOPS)
    found = Freeze.objects.filter(Q(payout=row) | everything).select_related("payout").order_by("-pk")
    return list(found[:50])


def _told(one: PayoutInstruction, payout: Payout) -> Told:
    batch: PayoutBatch | None = one.batch
    confirms = rails.find(one.rail).capabilities.confirms
    return Told(
        instruction=instruction_view(one),
        amount=Money(one.amount_minor, one.currency),
        rail_fee=Money(one.rail_fee_minor, one.currency),
        merchant=one.merchant_account_id,
        destination=one.method.label,
        batch=batch_view(batch) if batch else None,
        can_be_confirmed=one.state in ASKABLE and not confirms and payout.state not in (P.PAID, P.RETURNED),
        can_come_back=may_come_back(one),
    )
