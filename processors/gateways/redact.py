"""What may be kept of a provider's words: no card number, no secret, and of people only what the caller names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from foundation.logs import CARD, SECRET, is_card_number

# Digits as they travel: bare, in groups, or in groups whose separators a form encoded.
_SEPARATOR = rb"(?:[ +-]|%20|%2[Dd])?"
_DIGITS = re.compile(rb"(?<![\dA-Za-z])\d(?:" + _SEPARATOR + rb"\d){12,18}(?![\dA-Za-z])")
_BETWEEN = re.compile(rb"%20|%2[Dd]|[ +-]")
# A provider's own numbers are as long as the longest cards: under the name of an id they stay.
_ID_BEFORE = re.compile(rb"[A-Za-z_]*(?:[a-z]Id|_id|^id|\bid)[\"']?\s*[:=]\s*[\"']?$")
_LOOK_BACK, LEAST_DIGITS_OF_AN_ID = 60, 17


def mask_body(body: bytes) -> bytes:
    """The body without what could be a card number; everything else byte by byte."""

    def masked(found: re.Match[bytes]) -> bytes:
        digits = _BETWEEN.sub(b"", found.group())
        before = body[max(0, found.start() - _LOOK_BACK) : found.start()]
        is_id = digits == found.group() and len(digits) >= LEAST_DIGITS_OF_AN_ID and _ID_BEFORE.search(before)
        return found.group() if is_id or not is_card_number(digits.decode()) else CARD.encode()

    return _DIGITS.sub(masked, body)


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
