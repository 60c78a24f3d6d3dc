"""What may be kept of a provider's words: no card number, no secret, and of people only what the caller names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from foundation.logs import CARD, SECRET, mask_sent_cards

# A provider's own numbers are as long as the longest cards: under the name of an id they stay.
_ID_BEFORE = re.compile(r"[A-Za-z_]*(?:[a-z]Id|_id|^id|\bid)[\"']?\s*[:=]\s*[\"']?$")
_LOOK_BACK, LEAST_DIGITS_OF_AN_ID = 60, 17


def mask_body(body: bytes) -> bytes:
    """The body without what could be a card number; everything else byte by byte."""
    return mask_sent_cards(body.decode("latin-1"), _masked).encode("latin-1")


def _masked(found: re.Match[str]) -> str:
    before = found.string[max(0, found.start() - _LOOK_BACK) : found.start()]
    is_id = found[0].isdigit() and len(found[0]) >= LEAST_DIGITS_OF_AN_ID and _ID_BEFORE.search(before)
    return found[0] if is_id else CARD


def mask_text(text: str, secrets: Iterable[str] = ()) -> str:
    """A sentence of a provider without card numbers and without these secrets."""
    for secret in filter(None, secrets):
        text = text.replace(secret, SECRET)
    return mask_body(text.encode()).decode()


def kept(answer: Mapping[str, Any], names: Iterable[str], secrets: Iterable[str] = ()) -> dict[str, Any]:
    """Of an answer only these fields, as they may be stored."""
    hidden = tuple(secrets)
    return {name: _kept(name, answer[name], hidden) for name in names if answer.get(name) not in (None, "")}


def _kept(name: str, value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, bool):
        return value
    text = str(value)[:500]
    is_id = name.endswith(("Id", "_id", "id")) and text.isdigit() and len(text) >= LEAST_DIGITS_OF_AN_ID
    return text if is_id else mask_text(text, secrets)
