"""Who falls into a share: the same id always falls on the same side, and a larger share keeps who was in."""

from __future__ import annotations

import hashlib

PARTS = 10_000


def position(key: str, id: object) -> int:
    """A place from 0 to 9,999 that this id has for this switch."""
    return int.from_bytes(hashlib.sha256(f"{key}\x1f{id}".encode()).digest()[:8], "big") % PARTS


def is_within(key: str, id: object, percent: int) -> bool:
    return position(key, id) < percent * PARTS // 100
