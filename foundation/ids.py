"""Ids that sort by time of birth, and the same id again for the same name."""

import os
import time
from uuid import UUID, uuid5

FANZ_NAMESPACE = UUID("6f1b3c52-8f0a-5f6e-9d3e-0c7f3a1b2d4e")


def uuid7() -> UUID:
    """A fresh id whose order follows the clock, so that indexes grow at one end."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    high, low = random >> 62 & 0xFFF, random & (1 << 62) - 1
    return UUID(int=milliseconds << 80 | 7 << 76 | high << 64 | 2 << 62 | low)


def named_id(*parts: object) -> UUID:
    """The one id these words stand for, on every machine and at every retry."""
    return uuid5(FANZ_NAMESPACE, "\x1f".join(str(part) for part in parts))
