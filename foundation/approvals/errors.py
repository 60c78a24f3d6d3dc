"""Why a request cannot be made or decided: one table of codes, kinds and sentences."""

from __future__ import annotations

from typing import Any

from foundation.errors import Conflict, Forbidden, Invalid, NeedsApproval, NotFound, Refusal, Unprocessable

REFUSALS: dict[str, tuple[type[Refusal], str]] = {
    "approvals.not_found": (NotFound, "There is no such request."),
    "approvals.unknown_kind": (Unprocessable, "There is no such kind of change."),
    "approvals.reason_missing": (Invalid, "Say why: the reason stays with the decision."),
    "approvals.may_not_ask": (Forbidden, "Your roles do not ask for changes of this kind."),
    "approvals.asks_for_self": (Forbidden, "This change is about you: somebody else has to ask for it."),
    "approvals.already_asked": (Conflict, "Somebody else asked for exactly this already; it waits for a decision."),
    "approvals.not_yours": (Forbidden, "Only the person who asked can take a request back."),
    "approvals.not_pending": (Conflict, "This request was settled already."),
    "approvals.expired": (Conflict, "The time to decide this request is over. Ask again if it is still wanted."),
    "approvals.other_change": (Conflict, "You looked at another version of this change. Open it again, then decide."),
    "approvals.own_request": (Forbidden, "You asked for this yourself, so somebody else decides."),
    "approvals.affects_you": (Forbidden, "This change is about you, so somebody else decides."),
    "approvals.already_voted": (Conflict, "You have decided on this request already; it waits for another person."),
    "approvals.role_missing": (Forbidden, "Your roles do not decide changes of this kind."),
    "approvals.too_many": (Invalid, "At most 50 requests are decided at once."),
    "approvals.several_kinds": (Invalid, "Requests that are decided at once are of one kind."),
    "approvals.beneath_amount": (Forbidden, "Your roles do not decide amounts as large as this one."),
    "approvals.people_only": (Forbidden, "This kind of change is decided by people, not by programs."),
}


def refusal(code: str, **facts: Any) -> Refusal:
    """The refusal of this room that bears the code."""
    kind, sentence = REFUSALS[code]
    return kind(code, sentence, **facts)


def in_words(code: str | None) -> str:
    """What a person reads when this keeps them from deciding; empty when nothing does."""
    return REFUSALS[code][1] if code else ""


def needs_approval(url: str, **facts: Any) -> NeedsApproval:
    """Nothing was changed: a request waits at this address."""
    return NeedsApproval("approvals.needed", f"A second person has to agree: {url}", url=url, **facts)
