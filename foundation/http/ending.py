"""This process is about to end: whoever shares callers among several sends them elsewhere from now on."""

from __future__ import annotations

import mmap

SAYING_SECONDS = 3
"""So long `/readyz` says no before the door closes; whoever asks each second has sent callers elsewhere by then."""

_said = mmap.mmap(-1, 1)  # one byte that the forks of whoever says it read too


def say() -> None:
    _said[0] = 1


def is_said() -> bool:
    return bool(_said[0])
