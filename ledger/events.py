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


@dataclass(frozen=True)
class BreakOpened(Event, type="recon.break_opened"):
    told_when = "the books differ from themselves or from an outside statement, and somebody has to look"

    break_id: UUID
    kind: str
    book: str
    account_id: int | None
    difference_minor: int
    currency: str
    due_at: datetime


@dataclass(frozen=True)
class BreakResolved(Event, type="recon.break_resolved"):
    told_when = "a posting settled a difference, or the other side listed it after all"

    break_id: UUID
    kind: str
    book: str
    resolution: str
    resolving_transfer_id: UUID | None
