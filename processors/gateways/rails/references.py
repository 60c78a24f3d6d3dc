"""Our name for one instruction at a rail: short enough for the narrowest field any rail has."""

from __future__ import annotations

from typing import Final
from uuid import UUID

LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
RANDOM_BITS, DIGITS, LONGEST = 62, 12, 15
LEAST_CUT = 6


def reference_of(payout_id: UUID, number: int) -> str:
    """`PO`, the random part of the payout's id, and the number of the instruction from 1; 15 letters in all."""
    if not 0 < number < len(LETTERS):
        raise ValueError("a payout has at most 35 instructions")
    left, letters = payout_id.int & (2**RANDOM_BITS - 1), ""
    for _ in range(DIGITS):
        left, digit = divmod(left, len(LETTERS))
        letters = LETTERS[digit] + letters
    return f"PO{letters}{LETTERS[number]}"


def names(reference: str, said: str) -> bool:
    """Whether a rail's words hold our reference, whatever it wrote around it: ours are all of one length."""
    return reference in said.upper()


def may_name(reference: str, said: str) -> bool:
    """Whether they hold our reference cut short: nobody can say which of ours it is."""
    return any(len(word) >= LEAST_CUT and reference.startswith(word) for word in said.upper().split())
