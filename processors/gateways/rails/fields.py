"""What a creator gave, field by field: all that is needed, nothing unknown, and each refusal names its field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from foundation.errors import Unprocessable
from processors.gateways.rails.types import RailCapabilities

LONGEST: Final = 140
SHOWN: Final = 4


def read(details: Mapping[str, str], able: RailCapabilities) -> dict[str, str]:
    """The fields of this rail, trimmed; Unprocessable for one that is missing, unknown or too long."""
    errors = [error(name, "unknown", "No such field.") for name in details if name not in (*able.needs, *able.may)]
    given: dict[str, str] = {}
    for name in (*able.needs, *able.may):
        text = details.get(name, "")
        if not isinstance(text, str) or len(text) > LONGEST or not (text.isprintable() or not text):
            errors.append(error(name, "unreadable", "At most 140 characters, all of them visible."))
        elif text.strip():
            given[name] = text.strip()
        elif name in able.needs:
            errors.append(error(name, "required", "This is needed."))
    if errors:
        raise Unprocessable("rails.bad_destination", "This cannot be paid to.", errors=errors)
    return given


def error(field: str, code: str, detail: str) -> dict[str, str]:
    return {"field": field, "code": code, "detail": detail}


def wrong(field: str, detail: str) -> Unprocessable:
    """One field that cannot be paid to."""
    return Unprocessable("rails.bad_destination", "This cannot be paid to.", errors=[error(field, "invalid", detail)])


def compact(text: str) -> str:
    """Without the blanks and dashes people write into numbers."""
    return re.sub(r"[\s-]", "", text).upper()


def ending(text: str) -> str:
    """The last characters, for a label."""
    return f"···{text[-SHOWN:]}"
