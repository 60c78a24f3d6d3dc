"""From inputs to the score, its level, tier and flags. A policy is never changed: a better one gets a new name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from payouts.integrity.rules.curves import COMPONENTS
from payouts.integrity.rules.inputs import Inputs


class Level(StrEnum):
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


class Tier(StrEnum):
    GOLD = "GOLD"
    SILVER = "SILVER"
    BRONZE = "BRONZE"
    PROBATION = "PROBATION"


class Flag(StrEnum):
    CHARGEBACK_SPIKE = "CHARGEBACK_SPIKE"
    HIGH_REFUND_RATIO = "HIGH_REFUND_RATIO"
    NEW_ACCOUNT = "NEW_ACCOUNT"
    CONCENTRATED_PAYERS = "CONCENTRATED_PAYERS"
    SUDDEN_GROWTH = "SUDDEN_GROWTH"
    NO_HISTORY = "NO_HISTORY"


# The score from which each begins.
LEVELS: Final = ((800, Level.LOW), (600, Level.MEDIUM), (400, Level.HIGH), (0, Level.CRITICAL))
TIERS: Final = ((800, Tier.GOLD), (600, Tier.SILVER), (400, Tier.BRONZE), (0, Tier.PROBATION))
# The tenths of a point below which a component raises a flag.
FLAGGED_BELOW: Final = (
    ("chargeback_exposure", 300, Flag.CHARGEBACK_SPIKE),
    ("refund_ratio", 400, Flag.HIGH_REFUND_RATIO),
    ("account_age", 500, Flag.NEW_ACCOUNT),
    ("payer_concentration", 300, Flag.CONCENTRATED_PAYERS),
    ("transaction_velocity", 300, Flag.SUDDEN_GROWTH),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A score and how it came about; components in tenths of a point."""

    score: int
    components: Mapping[str, int]
    flags: tuple[str, ...]

    @property
    def level(self) -> Level:
        return level_of(self.score)

    def in_words(self) -> dict[str, str]:
        """The components as records keep them: text with one decimal."""
        return {name: f"{tenths // 10}.{tenths % 10}" for name, tenths in self.components.items()}


def judge(known: Inputs) -> Judged:
    """The six components, each by its curve, and their weighted sum from 0 to 1000."""
    found = {name: curve(known) for name, (_, curve) in COMPONENTS.items()}
    weighed = sum(weight * found[name] for name, (weight, _) in COMPONENTS.items())
    flags = [flag for name, below, flag in FLAGGED_BELOW if found[name] < below]
    if not known.sales:
        flags.append(Flag.NO_HISTORY)
    return Judged((weighed + 50) // 100, found, tuple(sorted(flags)))


POLICY: Final = "integrity-1"
POLICIES: Final[Mapping[str, Callable[[Inputs], Judged]]] = {POLICY: judge}


def level_of(score: int) -> Level:
    return next(level for at_least, level in LEVELS if score >= at_least)


def tier_of(score: int) -> Tier:
    return next(tier for at_least, tier in TIERS if score >= at_least)
