"""What other rooms hand to freezes and get from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from foundation.money import Money
from payouts.freezes.states import FreezeState, FreezeType, ReleasePath, Severity


@dataclass(frozen=True, slots=True)
class Scope:
    """What a freeze covers; only this money is stopped."""

    freeze_type: FreezeType
    creator_id: UUID
    payout_id: UUID | None = None
    platform_id: UUID | None = None
    product: str = ""
    currency: str = ""
    amount: Money | None = None
    subject: str = ""
    """Of a segment: what its ledger hold is about, such as a payment; a freeze of its own when left out."""


@dataclass(frozen=True, slots=True)
class Why:
    """The reason: the creator reads code, facts and action; the rest is for staff."""

    code: str
    severity: Severity
    action: str
    path: ReleasePath
    source: str
    rule: str = "by hand"
    facts: Mapping[str, Any] = field(default_factory=dict)
    measures: Mapping[str, str] = field(default_factory=dict)
    notes: str = ""
    release_at: datetime | None = None
    review_by: datetime | None = None
    conditions: Sequence[Mapping[str, str]] = ()
    escalates_to: str = ""


@dataclass(frozen=True, slots=True)
class FreezeView:
    """One freeze as staff reads it."""

    id: UUID
    creator_id: UUID
    freeze_type: FreezeType
    state: FreezeState
    payout_id: UUID | None
    platform_id: UUID | None
    product: str
    amount: Money | None
    code: str
    severity: Severity
    action: str
    facts: Mapping[str, Any]
    measures: Mapping[str, str]
    notes: str
    path: ReleasePath
    release_at: datetime | None
    review_by: datetime | None
    progress: int
    conditions: Sequence[Mapping[str, str]]
    rule: str
    source: str
    escalation_id: UUID | None
    frozen_by: str
    frozen_at: datetime
    reviewed_at: datetime | None
    released_at: datetime | None
    released_by: str
    release_reason: str
    was_wrong: bool | None
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class WrongFreezes:
    """How often money was stopped that should not have been, of the payouts asked for in a time."""

    payouts: int
    frozen: int
    wrong: int

    @property
    def frozen_percent(self) -> str:
        return _percent(self.frozen, self.payouts)

    @property
    def wrong_percent(self) -> str:
        return _percent(self.wrong, self.payouts)


def _percent(part: int, whole: int) -> str:
    """With two decimals, rounded half up, by whole numbers."""
    hundredths = (20_000 * part + whole) // (2 * whole) if whole else 0
    return f"{hundredths // 100}.{hundredths % 100:02d}"
