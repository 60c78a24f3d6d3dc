"""Why an escalation cannot be worked on: one table of codes, kinds and sentences."""

from __future__ import annotations

from typing import Any

from foundation.errors import Conflict, Forbidden, NotFound, Refusal, Unprocessable

REFUSALS: dict[str, tuple[type[Refusal], str]] = {
    "compliance.no_escalation": (NotFound, "There is no such escalation."),
    "compliance.no_creator": (NotFound, "There is no such creator."),
    "compliance.words_missing": (Unprocessable, "Say why: the words stay with the decision."),
    "compliance.about_you": (Forbidden, "This is about you, so somebody else works on it."),
    "compliance.already_resolved": (Conflict, "This was decided already."),
    "compliance.not_in_review": (Conflict, "Take it for review first, then decide."),
    "compliance.clock_stands": (Conflict, "The clock stands already."),
    "compliance.clock_runs": (Conflict, "The clock runs already."),
    "compliance.basis_missing": (Unprocessable, "This decision names its legal basis."),
    "compliance.cannot_work": (Unprocessable, "Whoever is named here does not work on escalations."),
    "compliance.seen_another_version": (Conflict, "It changed after you opened it. Look again, then decide."),
}


def refusal(code: str, **facts: Any) -> Refusal:
    kind, sentence = REFUSALS[code]
    return kind(code, sentence, **facts)
