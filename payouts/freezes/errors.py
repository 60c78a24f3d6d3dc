"""Why money is not stopped, or not let go: one table of codes, kinds and sentences."""

from __future__ import annotations

from typing import Any

from foundation.errors import Conflict, Forbidden, Invalid, NotFound, Refusal

REFUSALS: dict[str, tuple[type[Refusal], str]] = {
    "freezes.not_found": (NotFound, "There is no such freeze."),
    "freezes.no_creator": (NotFound, "There is no such creator."),
    "freezes.reason_missing": (Invalid, "Say why: the reason stays with the decision."),
    "freezes.bad_scope": (Invalid, "A freeze names what it covers: a payout, an amount, or a source of earnings."),
    "freezes.bad_end": (Invalid, "A freeze has an end or a date for its review, within half a year."),
    "freezes.never_for_little": (Conflict, "Something of low severity is noted; it does not stop money."),
    "freezes.not_theirs": (Conflict, "This payout belongs to another creator."),
    "freezes.nothing_there": (Conflict, "There is no money to hold."),
    "freezes.lifted_already": (Conflict, "This freeze was lifted already."),
    "freezes.changed_meanwhile": (Conflict, "Meanwhile its date or its figures changed."),
    "freezes.about_you": (Forbidden, "This is about your own money, so somebody else decides."),
    "freezes.second_person": (Conflict, "This much is let go by two people: ask for it."),
    "freezes.with_a_department": (Conflict, "A department has it already."),
    "freezes.no_note": (NotFound, "There is no such note."),
    "freezes.not_large": (Conflict, "One person may let this go."),
}


def refusal(code: str, **facts: Any) -> Refusal:
    kind, sentence = REFUSALS[code]
    return kind(code, sentence, **facts)
