"""The life of a payout, of its escrow record, of one instruction to a rail and of a batch file."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import TextChoices


class PayoutState(TextChoices):
    REQUESTED = "REQUESTED", "Asked for; the money left available"
    SCREENED = "SCREENED", "Looked at by every check"
    IN_ESCROW = "IN_ESCROW", "Waits for its hours"
    FROZEN = "FROZEN", "Stopped until a freeze is lifted"
    APPROVED = "APPROVED", "Its hours are over and who had to agree did"
    QUEUED = "QUEUED", "Waits for the next run of its rail"
    PREPARED = "PREPARED", "Taken by a run, nothing sent"
    SENT = "SENT", "Handed to the rail; the answer is not here yet"
    PROCESSING = "PROCESSING", "Taken by the rail, not confirmed"
    UNKNOWN = "UNKNOWN", "The answer was lost; we ask until we know"
    PAID = "PAID", "The rail says it arrived"
    RETURNED = "RETURNED", "It came back from the bank"
    FAILED = "FAILED", "The rail refused it; the money is available again"
    CANCELLED = "CANCELLED", "Not sent after all; the money is available again"


P = PayoutState
PAYOUT_MOVES = {
    P.REQUESTED: (P.SCREENED, P.CANCELLED),
    P.SCREENED: (P.IN_ESCROW, P.CANCELLED),
    P.IN_ESCROW: (P.APPROVED, P.FROZEN, P.CANCELLED),
    P.FROZEN: (P.IN_ESCROW,),
    P.APPROVED: (P.QUEUED, P.FROZEN, P.CANCELLED),
    P.QUEUED: (P.PREPARED, P.FROZEN, P.CANCELLED),
    P.PREPARED: (P.SENT, P.QUEUED),
    P.SENT: (P.PROCESSING, P.PAID, P.FAILED, P.UNKNOWN, P.QUEUED),
    P.PROCESSING: (P.PAID, P.FAILED, P.UNKNOWN, P.RETURNED),
    P.UNKNOWN: (P.PROCESSING, P.PAID, P.FAILED, P.RETURNED),
    P.PAID: (P.RETURNED,),
}
"""SENT goes back to QUEUED only when the rail is certain that nothing reached it."""

WITH_US = (P.REQUESTED, P.SCREENED, P.IN_ESCROW, P.FROZEN, P.APPROVED, P.QUEUED, P.PREPARED)
STOPPABLE = (P.IN_ESCROW, P.APPROVED, P.QUEUED)
CANCELLABLE = (P.REQUESTED, P.SCREENED, P.IN_ESCROW, P.APPROVED, P.QUEUED)
"""Not FROZEN: given up, its money would be available in spite of the freeze."""
WITH_RAIL = (P.SENT, P.PROCESSING, P.UNKNOWN)
OVER = (P.PAID, P.RETURNED, P.FAILED, P.CANCELLED)


class EscrowStatus(TextChoices):
    PENDING = "PENDING", "Asked for, its hours have not begun"
    IN_ESCROW = "IN_ESCROW", "Its hours run"
    RELEASED = "RELEASED", "Its hours are over"
    FROZEN = "FROZEN", "Stopped"
    DISPUTED = "DISPUTED", "A dispute touches money inside"


class CreatorStatus(TextChoices):
    NORMAL = "NORMAL", "On its way"
    DELAYED = "DELAYED", "Later than usual"
    FROZEN = "FROZEN", "Stopped"
    UNDER_REVIEW = "UNDER_REVIEW", "Being looked at"


OVERALL = (CreatorStatus.FROZEN, CreatorStatus.UNDER_REVIEW, CreatorStatus.DELAYED, CreatorStatus.NORMAL)
"""Of many payouts the first of these that any has is the creator's."""

ESCROW_OF: Mapping[PayoutState, EscrowStatus] = {
    P.REQUESTED: EscrowStatus.PENDING,
    P.SCREENED: EscrowStatus.PENDING,
    P.IN_ESCROW: EscrowStatus.IN_ESCROW,
    P.FROZEN: EscrowStatus.FROZEN,
} | dict.fromkeys(
    (P.APPROVED, P.QUEUED, P.PREPARED, *WITH_RAIL, *OVER), EscrowStatus.RELEASED
)  # fmt: skip


def escrow_status(state: PayoutState, *, is_disputed: bool) -> EscrowStatus:
    """The document's status of a payout in this state."""
    status = ESCROW_OF[state]
    return EscrowStatus.DISPUTED if is_disputed and status is EscrowStatus.IN_ESCROW else status


def creator_status(status: EscrowStatus, *, is_extended: bool) -> CreatorStatus:
    """What the creator sees of it."""
    if status is EscrowStatus.FROZEN:
        return CreatorStatus.FROZEN
    if status is EscrowStatus.DISPUTED:
        return CreatorStatus.UNDER_REVIEW
    return CreatorStatus.DELAYED if is_extended and status is EscrowStatus.IN_ESCROW else CreatorStatus.NORMAL


class InstructionState(TextChoices):
    PREPARED = "PREPARED", "Recorded, nothing sent"
    SENT = "SENT", "On its way; the answer is not here yet"
    ACCEPTED = "ACCEPTED", "The rail took it"
    DONE = "DONE", "The rail says it arrived"
    REFUSED = "REFUSED", "The rail did not take it"
    NOT_SENT = "NOT_SENT", "Certain that nothing reached the rail"
    TIMED_OUT = "TIMED_OUT", "No answer came"
    RETURNED = "RETURNED", "It arrived and came back"


I = InstructionState  # noqa: E741
INSTRUCTION_MOVES = {
    I.PREPARED: (I.SENT, I.NOT_SENT),
    I.SENT: (I.ACCEPTED, I.DONE, I.REFUSED, I.NOT_SENT, I.TIMED_OUT),
    I.TIMED_OUT: (I.ACCEPTED, I.DONE, I.REFUSED, I.RETURNED),
    I.ACCEPTED: (I.DONE, I.REFUSED, I.TIMED_OUT, I.RETURNED),
    I.DONE: (I.RETURNED,),
}
OPEN_INSTRUCTIONS = (I.PREPARED, I.SENT, I.ACCEPTED, I.TIMED_OUT)


class BatchState(TextChoices):
    BATCHED = "BATCHED", "Its payouts are chosen"
    FILE_CREATED = "FILE_CREATED", "Its file is written and never changes again"
    TRANSMITTED = "TRANSMITTED", "Handed to the bank or the signers"
    ACCEPTED = "ACCEPTED", "The bank took it"
    REFUSED = "REFUSED", "The bank did not take it"
    SETTLED = "SETTLED", "Every payout in it has an end"


B = BatchState
BATCH_MOVES = {
    B.BATCHED: (B.FILE_CREATED, B.REFUSED),
    B.FILE_CREATED: (B.TRANSMITTED, B.REFUSED),
    B.TRANSMITTED: (B.ACCEPTED, B.REFUSED, B.SETTLED),
    B.ACCEPTED: (B.SETTLED, B.REFUSED),  # banks look at a file first and at the account later
}
