"""News about integrity: told when a level or a flag changes, not for each point of the score."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation.events import Event


@dataclass(frozen=True)
class IntegrityChanged(Event, type="integrity.changed"):
    told_when = "a creator's risk level or a flag of their integrity score changed"

    creator_id: UUID
    record_id: UUID
    level: str
    flags: tuple[str, ...]
    level_before: str
    flags_before: tuple[str, ...]
    reason: str
    at: datetime
