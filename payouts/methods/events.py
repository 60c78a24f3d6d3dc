"""News of payout methods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation.events import Event


@dataclass(frozen=True)
class MethodAdded(Event, type="payout_method.added"):
    told_when = "a creator gave a destination; it is not proved yet"

    method_id: UUID
    creator_id: UUID
    rail: str
    currency: str
    label: str


@dataclass(frozen=True)
class MethodCodeWanted(Event, type="payout_method.code_wanted"):
    told_when = "a code that proves a destination is to be sent to its creator"

    method_id: UUID
    creator_id: UUID
    code_id: UUID


@dataclass(frozen=True)
class MethodProved(Event, type="payout_method.proved"):
    told_when = "a destination was proved; payouts go there from the time named"

    method_id: UUID
    creator_id: UUID
    usable_from: datetime
    is_change: bool
    label: str


@dataclass(frozen=True)
class MethodStopped(Event, type="payout_method.stopped"):
    told_when = "a destination cannot be paid to any more; it has to be corrected"

    method_id: UUID
    creator_id: UUID
    reason: str
    is_disowned: bool
    label: str


@dataclass(frozen=True)
class MethodReplaced(Event, type="payout_method.replaced"):
    told_when = "a destination was removed or another took its place"

    method_id: UUID
    creator_id: UUID
    by_method_id: UUID | None
