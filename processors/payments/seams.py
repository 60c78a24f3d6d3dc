"""Where rooms above are called before money is taken back from a creator, in the transaction that does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from foundation.money import Money
from foundation.registry import Registry

MakeRoom = Callable[[UUID, str, Callable[[], Money], str, datetime], None]
"""`make_room(creator_id, currency, wanted, why, at)`: bring back what can be, so that nothing stays owed."""

making_room: Registry[MakeRoom] = Registry("way to make room")


def make_room(*, creator_id: UUID, currency: str, wanted: Callable[[], Money], why: str, at: datetime) -> None:
    """Before the books are touched: who locks a creator's accounts first and a payout afterwards would wait for ever.

    `wanted` is asked only when there is something to bring back.
    """
    for make in making_room.values():
        make(creator_id, currency, wanted, why, at)
