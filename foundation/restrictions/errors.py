"""Why somebody is not restricted, or stays so."""

from __future__ import annotations

from typing import Any

from foundation.errors import Conflict, Forbidden, Invalid, NotFound, Refusal

REFUSALS: dict[str, tuple[type[Refusal], str]] = {
    "restrictions.not_found": (NotFound, "There is no such restriction."),
    "restrictions.reason_missing": (Invalid, "Say why, and which decision this comes from."),
    "restrictions.bad_period": (Invalid, "A restriction ends after it begins."),
    "restrictions.for_ever_needs_basis": (
        Invalid, "A suspension without an end names one platform and its legal basis.",
    ),
    "restrictions.ended_already": (Conflict, "This restriction has ended already."),
    "restrictions.suspended": (Forbidden, "This account is suspended. You can write to support."),
}  # fmt: skip


def refusal(code: str, **facts: Any) -> Refusal:
    kind, sentence = REFUSALS[code]
    return kind(code, sentence, **facts)


def suspended() -> Refusal:
    """What somebody who is shut out gets at every door."""
    return refusal("restrictions.suspended")
