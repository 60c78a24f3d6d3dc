"""News of the lists names are held against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from foundation.events import Event


@dataclass(frozen=True)
class SanctionsImported(Event, type="compliance.sanctions.imported"):
    told_when = "a new version of a sanctions list is in force"

    list_id: int
    name: str
    entries: int
    imported_at: datetime
