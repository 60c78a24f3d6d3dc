"""Taking back what a run took and did not send: certain that it did not leave, for sending takes the same lock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from foundation.actors import Actor
from foundation.states import move
from payouts.life.errors import refusal
from payouts.life.models import Payout, PayoutInstruction
from payouts.life.services.held import go
from payouts.life.states import BatchState, InstructionState, PayoutState


def take_back_unsent(payout: Payout, *, reason: str, by: Actor, at: datetime, **changes: Any) -> None:
    """A PREPARED payout that is held waits in the queue again. Refuses one that is written in a file."""
    instruction = PayoutInstruction.objects.select_related("batch").get(payout=payout, state=InstructionState.PREPARED)
    if instruction.batch is not None and instruction.batch.state != BatchState.BATCHED:
        raise refusal("payouts.too_late", state=payout.state, retryable=True)
    move(instruction, to=InstructionState.NOT_SENT, by=by, reason=reason, at=at, lease_until=None)
    go(payout, PayoutState.QUEUED, by=by, reason=reason, at=at, **changes)
