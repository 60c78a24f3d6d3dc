"""News of trust: which limits hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation.events import Event


@dataclass(frozen=True)
class LimitChanged(Event, type="trust.limit.changed"):
    told_when = "two people agreed on a new version of a limit for charges or refunds"

    limit_version: int
    name: str
    platform_id: UUID | None
    active_from: datetime
    approval_id: UUID
