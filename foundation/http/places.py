"""The place in a list that the address of its next page names, as people may have mangled it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from foundation.errors import Invalid


def time_and_id(text: str | None) -> tuple[datetime, UUID] | None:
    """`2026-11-21T14:00:00+00:00~0193…`; nothing is the beginning. Invalid for what is no moment or no id."""
    if not text:
        return None
    at, _, number = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError("a moment has its zone")
        return moment.astimezone(UTC), UUID(number)
    except (ValueError, OverflowError):
        raise Invalid("request.invalid", "That is no page of this list.") from None
