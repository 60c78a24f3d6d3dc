from __future__ import annotations

from typing import Any

from foundation.errors import Conflict, Invalid, NotFound, Refusal

REFUSALS: dict[str, tuple[type[Refusal], str]] = {
    "notifications.not_found": (NotFound, "There is no such notification."),
    "notifications.unknown_topic": (Invalid, "There is no such topic."),
    "notifications.not_stuck": (Conflict, "Only a mail that failed, or whose outcome is unknown, is sent again."),
}


def refusal(code: str, **facts: Any) -> Refusal:
    """The refusal of this room that bears the code."""
    kind, sentence = REFUSALS[code]
    return kind(code, sentence, **facts)
