"""A card's number is not kept, whoever sends it and however it is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote_plus

from foundation.logs import holds_card, is_card_number

WITHHELD = b"[withheld: it holds the number of a card]"
MASK = "*"
LONGEST_USUAL = 16
_PARTED = re.compile(r"(?<![\dA-Fa-f])\d(?:(?:[ +./_-]|%20|%2[dDeE])?\d){12,18}(?![\dA-Fa-f])")
# Providers number things in 17 to 19 digits, and such a number may look like one of the rare long cards.
_IN_AN_ID = re.compile(r"id[\"']?\s*[:=]\s*[\"']?$", re.IGNORECASE)
_ESCAPED = re.compile(r"\\u00([0-7][\dA-Fa-f])")
_READINGS: tuple[Callable[[str], str], ...] = (
    unquote_plus,
    lambda text: text.replace("\x00", ""),
    lambda text: _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text),
)


def without_cards(body: bytes) -> bytes:
    """The body with every digit of a card masked, or nothing of it where a card is hidden in another writing."""
    text = body.decode("latin-1")
    masked = _PARTED.sub(lambda found: _masked(found, text), text)
    for read in _READINGS:
        if (other := read(masked)) != masked and _shows_more(other, masked):
            return WITHHELD
    return masked.encode("latin-1")


def _masked(found: re.Match[str], text: str) -> str:
    written = re.sub(r"%[\dA-Fa-f]{2}", " ", found[0])
    digits = re.sub(r"\D", "", written)
    is_number_of_theirs = len(digits) > LONGEST_USUAL and _IN_AN_ID.search(
        text, max(0, found.start() - 8), found.start()
    )
    if is_number_of_theirs or not is_card_number(digits):
        return found[0]
    return re.sub(r"\d", MASK, written)


def _shows_more(other: str, masked: str) -> bool:
    """Whether a card stands there that does not stand in the text as it came."""
    if not holds_card(other):
        return False
    return bool({found[0] for found in _PARTED.finditer(other)} - {found[0] for found in _PARTED.finditer(masked)})
