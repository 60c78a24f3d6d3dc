"""Scores as other rooms see them: whole for staff, a tier and hints for the creator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from foundation.money import Money
from payouts.integrity.rules.inputs import Inputs
from payouts.integrity.rules.scoring import Level, Tier


@dataclass(frozen=True, slots=True)
class CurrencyStats:
    """A creator's sales in one currency."""

    currency: str
    total: Money
    by_product: Mapping[str, Money]
    refunds: Money
    chargebacks: Money
    """Taken back by banks and not won."""
    last_30_days: Money
    last_90_days: Money


@dataclass(frozen=True, slots=True)
class ScoreView:
    """A score for staff and for decisions; scale 0 to 1000, components 0 to 100."""

    creator_id: UUID
    record_id: UUID
    score: int
    components: Mapping[str, str]
    level: Level
    tier: Tier
    flags: tuple[str, ...]
    inputs: Inputs
    policy: str
    reason: str
    at: datetime

    def component(self, name: str) -> Decimal:
        """One component, 0 to 100: for comparing with thresholds."""
        return Decimal(self.components[name])


@dataclass(frozen=True, slots=True)
class TierView:
    """What a creator may know: their tier, the next one, and what leads there. Never a number of ours."""

    tier: Tier
    next_tier: Tier | None
    since: datetime
    helps: tuple[str, ...]
    """Hints by name, the most useful first."""


@dataclass(frozen=True, slots=True)
class Rescored:
    """What one round of scoring found."""

    looked_at: int
    changed: int
    flagged: int
    """Of those that changed, whose level or flags did."""
