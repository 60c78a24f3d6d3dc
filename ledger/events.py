"""News of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation.events import Event


@dataclass(frozen=True)
class SplitChanged(Event, type="split.changed"):
    told_when = "a new version of a revenue split was approved; what it leaves open is empty"

    split_id: UUID
    platform_id: UUID | None
    product: str
    creator_id: UUID | None
    creator_basis_points: int
    active_from: datetime
    active_until: datetime | None
    approval_id: UUID
