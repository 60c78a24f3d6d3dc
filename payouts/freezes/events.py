"""News of freezes: ids and codes, no measure and no rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation.events import Event


@dataclass(frozen=True)
class FreezePlaced(Event, type="freeze.placed"):
    told_when = "some of a creator's money was stopped; the creator's notice was written with it"

    freeze_id: UUID
    creator_id: UUID
    freeze_type: str
    payout_id: UUID | None
    platform_id: UUID | None
    product: str
    currency: str
    amount_minor: int | None
    code: str
    severity: str
    frozen_at: datetime


@dataclass(frozen=True)
class FreezeProgressed(Event, type="freeze.progressed"):
    told_when = "a freeze that ends when conditions are met came nearer to its end, or moved away from it"

    freeze_id: UUID
    creator_id: UUID
    progress: int


@dataclass(frozen=True)
class FreezeReleased(Event, type="freeze.released"):
    told_when = "a freeze was lifted: by a person, at its time, or because its conditions are met"

    freeze_id: UUID
    creator_id: UUID
    freeze_type: str
    payout_id: UUID | None
    code: str
    was_wrong: bool | None
    released_at: datetime
