"""Names and notes as banks can read them: Latin letters, and nothing that could end a field."""

from __future__ import annotations

import re
from typing import Final

from anyascii import anyascii

from foundation.errors import Unprocessable

SEPA: Final = re.compile(r"[^A-Za-z0-9/?:().,'+ -]+")
NACHA: Final = re.compile(r"[^A-Z0-9.,&/ -]+")
CELL: Final = re.compile(r"[^A-Za-z0-9/?:().,'+@ _-]+")
_SPACES, _SLASHES = re.compile(r" +"), re.compile(r"/{2,}")
MOST_READ: Final = 500


def latin(text: str, other: re.Pattern[str], most: int) -> str:
    """The text in Latin letters, without what this pattern finds, cut to the most a field takes."""
    spelled = anyascii(text[:MOST_READ])
    plain = other.sub(" ", spelled.upper() if other is NACHA else spelled)
    plain = _SLASHES.sub("/", _SPACES.sub(" ", plain)).strip(" /")
    return plain[:most].strip(" /")


def name_of(text: str, other: re.Pattern[str], most: int) -> str:
    """A payee's name as a bank can read it; Unprocessable when nothing of it is left."""
    plain = latin(text, other, most)
    if not any(letter.isalnum() for letter in plain):
        raise Unprocessable("rails.bad_name", "The name holds nothing a bank could read.")
    return plain
