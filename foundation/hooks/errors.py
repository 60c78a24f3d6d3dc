"""Refusals of this room."""

from __future__ import annotations

from typing import Any

from foundation.errors import Conflict, NotFound, Refusal, Unprocessable

_TABLE: dict[str, tuple[type[Refusal], str]] = {
    "hooks.no_endpoint": (NotFound, "There is no such endpoint."),
    "hooks.no_delivery": (NotFound, "There is no such delivery."),
    "hooks.unknown_topic": (Unprocessable, "Choose topics from the catalogue."),
    "hooks.unsafe_url": (
        Unprocessable,
        "An https address on the public internet is needed: port 443 or 8443, no user, no fragment.",
    ),
    "hooks.too_many": (Conflict, "A platform has ten endpoints at most. Remove one first."),
    "hooks.not_on": (Conflict, "This endpoint is off. Turn it on first."),
    "hooks.not_done": (Conflict, "This message is still on its way."),
    "hooks.too_old": (Conflict, "What was told more than 30 days ago is not told again."),
    "hooks.removed": (Conflict, "This endpoint was removed."),
}


def refusal(code: str, **facts: Any) -> Refusal:
    kind, detail = _TABLE[code]
    return kind(code, detail, **facts)
