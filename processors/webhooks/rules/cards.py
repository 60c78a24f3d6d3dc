"""A card's number is not kept, whoever sends it and however it is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote_plus

from foundation.logs import card_digits, mask_sent_cards

WITHHELD = b"[withheld: it holds the number of a card]"
MASK = "*"
LONGEST_USUAL = 16
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
    masked = mask_sent_cards(text, _masked)
    for read in _READINGS:
        if (other := read(masked)) != masked and _cards_in(other) - _cards_in(masked):
            return WITHHELD
    return masked.encode("latin-1")


def _masked(found: re.Match[str]) -> str:
    is_number_of_theirs = len(card_digits(found[0])) > LONGEST_USUAL and _IN_AN_ID.search(
        found.string, max(0, found.start() - 8), found.start()
    )
    return found[0] if is_number_of_theirs else re.sub(r"\d", MASK, re.sub(r"%[\dA-Fa-f]{2}", " ", found[0]))


def _cards_in(text: str) -> set[str]:
    found: set[str] = set()

    def note(card: re.Match[str]) -> str:
        found.add(card_digits(card[0]))
        return card[0]

    mask_sent_cards(text, note)
    return found
