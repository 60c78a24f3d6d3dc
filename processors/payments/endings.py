"""Who wants to know, in the same transaction, that a payment ended without money, or was taken after such an end."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from foundation.registry import Registry


class Ending(Protocol):
    def __call__(self, *, payment_id: UUID, is_taken: bool) -> None:
        """Called inside the transaction that makes it so."""


endings: Registry[Ending] = Registry("ending")


def tell_ended(payment_id: UUID, *, is_taken: bool = False) -> None:
    for ending in endings.values():
        ending(payment_id=payment_id, is_taken=is_taken)
