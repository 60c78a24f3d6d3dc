"""News of what providers told and nobody could apply."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from foundation.events import Event


@dataclass(frozen=True)
class ToldGivenUp(Event, type="txn.told_given_up"):
    told_when = "what a provider told was tried often enough and could not be applied; a person decides"

    told_id: UUID
    provider: str
    kind: str
    is_proved: bool
    payment_id: UUID | None
    why: str
