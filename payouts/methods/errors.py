"""Why a payout method is not taken, proved or changed."""

from __future__ import annotations

from typing import Any

from foundation.errors import Conflict, Invalid, NotFound, Refusal, TooMany, Unprocessable

REFUSALS: dict[str, tuple[type[Refusal], str]] = {
    "methods.not_found": (NotFound, "There is no such payout method."),
    "methods.needed": (Conflict, "Say first where you want to be paid to."),
    "methods.not_proved": (Conflict, "Prove this payout method with its code first."),
    "methods.stopped": (Conflict, "This payout method cannot be paid to; choose or add another."),
    "methods.known": (Conflict, "You have this payout method already."),
    "methods.too_many": (Conflict, "You have too many payout methods; remove one first."),
    "methods.other_currency": (Unprocessable, "This payout method is of another currency."),
    "methods.bad_rail": (Invalid, "There is no such way of paying."),
    "methods.bad_currency": (Unprocessable, "This way of paying does not know the currency."),
    "methods.other_coin": (Unprocessable, "The address is of another coin than the one you are paid in."),
    "methods.not_waiting": (Conflict, "This payout method does not wait to be proved."),
    "methods.bad_code": (Unprocessable, "This is not the code, or it is too old. Ask for a new one."),
    "methods.too_many_codes": (TooMany, "Enough codes were sent today. Try again tomorrow, or ask a person."),
    "methods.reason_missing": (Invalid, "Say why: the reason stays with the payout method."),
}


def refusal(code: str, *, retryable: bool | None = None, **facts: Any) -> Refusal:
    kind, sentence = REFUSALS[code]
    return kind(code, sentence, retryable=retryable, **facts)
