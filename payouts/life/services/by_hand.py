"""What a rail does not say, people do, with proof: one that it arrived, two that it came back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.approvals.models import Approval
from foundation.approvals.services import request_approval
from foundation.audit.services import record
from foundation.money import Money
from payouts.life.errors import refusal
from payouts.life.models import Payout, PayoutBatch, PayoutInstruction
from payouts.life.rules.asking import TOLD_BY_PEOPLE
from payouts.life.services.batches import settle_if_over
from payouts.life.services.held import hold_instruction
from payouts.life.services.settling import settle, take_back
from payouts.life.states import BatchState, InstructionState
from processors.gateways.rails.base import rails
from processors.gateways.rails.types import RailOutcome, RailResult

I = InstructionState  # noqa: E741
RETURN = "payout.return"
GONE = (I.SENT, I.ACCEPTED, I.TIMED_OUT)
MAY_COME_BACK = (I.ACCEPTED, I.TIMED_OUT, I.DONE)


def confirm_by_hand(*, instruction_id: UUID, proof: str, by: Actor, at: datetime) -> Payout:
    """Say that an instruction was paid, as a bank's statement shows. Refuses rails that say so themselves."""
    if not proof.strip():
        raise refusal("payouts.proof_missing")
    with transaction.atomic():
        payout, instruction = hold_instruction(instruction_id)
        if rails.find(payout.rail).capabilities.confirms or instruction.state not in GONE:
            raise refusal("payouts.not_by_hand", state=instruction.state)
        record("payout.confirmed_by_hand", by=by, subject=payout, reason=proof.strip())
        outcome = RailOutcome(RailResult.PAID, proof.strip()[:120], text="confirmed by a person")
        settle(payout, instruction, outcome, by=by, at=at)
        _settle_file(instruction, by=by, at=at)
    return payout


def ask_return(*, instruction_id: UUID, came: Money, proof: str, by: Actor, at: datetime) -> Approval:
    """Put before a second person that so much of an instruction came back; nothing is booked until they agree."""
    payload = {"instruction_id": str(instruction_id), "came_minor": came.minor, "currency": came.currency}
    return request_approval(kind=RETURN, payload=payload, reason=proof, by=by, at=at)


def return_by_hand(
    *, instruction_id: UUID, came: Money, proof: str, approval_id: UUID, by: Actor, at: datetime
) -> Payout:
    """Book a return that two people say a bank's statement shows. Refuses what `refuse_unreturnable` refuses."""
    with transaction.atomic():
        payout, instruction = hold_instruction(instruction_id)
        refuse_unreturnable(instruction, came)
        record(
            "payout.returned_by_hand", by=by, subject=payout, reason=proof, approval_id=approval_id,
            came_minor=came.minor, currency=came.currency,
        )  # fmt: skip
        raw = {**instruction.raw, TOLD_BY_PEOPLE: came.minor}
        facts = {"provider_text": "told by two people", "lease_until": None, "raw": raw}
        take_back(payout, instruction, came, "returned", facts, by=by, at=at)
        _settle_file(instruction, by=by, at=at)
    return payout


def may_come_back(instruction: PayoutInstruction) -> bool:
    """Whether it was handed over, and will not be again: a file that nobody asks about any more is people's."""
    file = instruction.batch
    if file is None or file.state not in (BatchState.FILE_CREATED, BatchState.TRANSMITTED):
        return instruction.state in MAY_COME_BACK
    return file.state == BatchState.TRANSMITTED and file.repair_at is None and instruction.state in GONE


def refuse_unreturnable(instruction: PayoutInstruction, came: Money) -> None:
    """Refuses what may still leave or came back already, and more than was sent: that is not this payout."""
    if not may_come_back(instruction):
        raise refusal("payouts.not_by_hand", state=instruction.state)
    sent = Money(instruction.amount_minor, instruction.currency)
    if came.currency != sent.currency or not 0 < came.minor <= sent.minor:
        raise refusal("payouts.not_what_was_sent", sent_minor=sent.minor, currency=sent.currency)


def _settle_file(instruction: PayoutInstruction, *, by: Actor, at: datetime) -> None:
    if instruction.batch_id is not None:
        settle_if_over(PayoutBatch.objects.locked(instruction.batch_id), by=by, at=at)
