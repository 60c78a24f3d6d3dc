"""A rail that does not say when money arrived: a person does, with proof."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.audit.services import record
from payouts.life.errors import refusal
from payouts.life.models import Payout
from payouts.life.services.held import hold_instruction
from payouts.life.services.settling import settle
from payouts.life.states import InstructionState
from processors.gateways.rails.base import rails
from processors.gateways.rails.types import RailOutcome, RailResult


def confirm_by_hand(*, instruction_id: UUID, proof: str, by: Actor, at: datetime) -> Payout:
    """Say that an instruction was paid, as a bank's statement shows. Refuses rails that say so themselves."""
    if not proof.strip():
        raise refusal("payouts.proof_missing")
    with transaction.atomic():
        payout, instruction = hold_instruction(instruction_id)
        if rails.find(payout.rail).capabilities.confirms or instruction.state not in (
            InstructionState.ACCEPTED, InstructionState.TIMED_OUT, InstructionState.SENT
        ):  # fmt: skip
            raise refusal("payouts.not_by_hand", state=instruction.state)
        record("payout.confirmed_by_hand", by=by, subject=payout, reason=proof.strip())
        outcome = RailOutcome(RailResult.PAID, proof.strip()[:120], text="confirmed by a person")
        settle(payout, instruction, outcome, by=by, at=at)
    return payout
