"""Why tax papers are not taken or made."""

from __future__ import annotations

from typing import Any

from foundation.errors import Invalid, NotFound, Refusal, Unprocessable

REFUSALS: dict[str, tuple[type[Refusal], str]] = {
    "tax.no_profile": (NotFound, "There is no such tax profile."),
    "tax.no_document": (NotFound, "There is no such tax document."),
    "tax.year_unknown": (Unprocessable, "No tax figures of this year are known."),
    "tax.reason_missing": (Invalid, "Say why you open it: it is recorded."),
}


def refusal(code: str, **facts: Any) -> Refusal:
    kind, sentence = REFUSALS[code]
    return kind(code, sentence, **facts)


def wrong(**fields: str) -> Invalid:
    """What cannot be signed, field by field."""
    errors = [{"field": field, "code": "invalid", "detail": detail} for field, detail in fields.items()]
    return Invalid("tax.bad_profile", "This cannot be signed yet.", errors=errors)
