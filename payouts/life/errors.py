"""Why a payout does not do what was asked."""

from __future__ import annotations

from typing import Any

from foundation.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PayloadMismatch,
    Refusal,
    Unavailable,
    Unprocessable,
)

REFUSALS: dict[str, tuple[type[Refusal], str]] = {
    "payouts.not_found": (NotFound, "There is no such payout."),
    "payouts.no_instruction": (NotFound, "There is no such instruction to a rail."),
    "payouts.no_batch": (NotFound, "There is no such file of payouts."),
    "payouts.method_in_use": (Conflict, "A payout is leaving for this destination at this moment; try again shortly."),
    "payouts.method_awaited": (Conflict, "A payout waits to go there; choose another destination for it first."),
    "payouts.agreed_destination": (
        Conflict,
        "People agreed that this payout goes there; give it up and ask for it again to send it elsewhere.",
    ),
    "payouts.other_destination": (Conflict, "It goes to another destination by now, and is asked about anew."),
    "payouts.other_request": (PayloadMismatch, "This id was used for another payout."),
    "payouts.not_by_this_rail": (Unprocessable, "This way of paying does not know the currency."),
    "payouts.too_little": (Unprocessable, "This is less than the smallest payout by this way."),
    "payouts.too_much": (Unprocessable, "This is more than the largest payout by this way."),
    "payouts.not_in_escrow": (Conflict, "This payout does not wait in escrow."),
    "payouts.not_frozen": (Conflict, "This payout is not frozen."),
    "payouts.too_late": (Conflict, "This payout is on its way or over; it can no longer be stopped."),
    "payouts.frozen": (Conflict, "This payout is frozen; given up, its money would be free in spite of the freeze."),
    "payouts.bad_date": (Invalid, "A payout's hours are never made shorter, and never longer than a week at once."),
    "payouts.reason_missing": (Invalid, "Say why: the reason stays with the payout."),
    "payouts.not_large": (Conflict, "Nobody has to agree to this payout."),
    "payouts.lost_claim": (Conflict, "Another worker has it."),
    "payouts.no_account": (Unavailable, "Our account with this rail is not set up."),
    "payouts.stopped": (Unavailable, "Payouts are stopped for the moment."),
    "payouts.not_by_hand": (Conflict, "This payout's end is not told by a person."),
    "payouts.not_what_was_sent": (Unprocessable, "No more comes back than was sent, in its own currency."),
    "payouts.proof_missing": (Invalid, "A confirmation by hand needs its proof: a bank's reference."),
    "payouts.bad_answer": (Invalid, "Answer with 1 to 5."),
    "payouts.not_over": (Conflict, "We ask when it has ended."),
    "payouts.answered": (Conflict, "You answered this already. Thank you."),
    "payouts.no_question": (NotFound, "There is no such question."),
    "payouts.asked_often": (Conflict, "Your questions about this payout wait for an answer; it comes within a day."),
    "payouts.question_answered": (Conflict, "A colleague answered it already."),
    "payouts.about_you": (Forbidden, "This is about your own money, so somebody else answers."),
    "payouts.emergency_stopped": (Conflict, "A check stops this payout; an emergency does not overrule it."),
}


def refusal(code: str, *, retryable: bool | None = None, **facts: Any) -> Refusal:
    kind, sentence = REFUSALS[code]
    return kind(code, sentence, retryable=retryable, **facts)
