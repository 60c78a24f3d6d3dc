"""What is judged, by which limits, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import TextChoices

from foundation.money import Money

MOST_WINDOW = timedelta(days=31)
NO_BOUND = -1
"""How a change of a limit says that a count or an amount is not bounded."""
AGAIN = "is_again"
"""Among the features of a decision: the same charge was judged, and counted, before."""


class Act(TextChoices):
    CHARGE = "charge", "A fan is charged"
    REFUND = "refund", "A payment is given back"


class Subject(TextChoices):
    """Whose charges are counted together."""

    FAN = "fan", "Each fan"
    CARD = "card", "Each card"
    DEVICE = "device", "Each device"
    PLATFORM = "platform", "Each platform"
    ALL = "all", "Everything together"


class Verdict(TextChoices):
    ALLOW = "allow", "Goes on"
    REVIEW = "review", "A person looks first"
    REFUSE = "refuse", "Does not happen"


SEVERITY = {Verdict.ALLOW: 0, Verdict.REVIEW: 1, Verdict.REFUSE: 2}


@dataclass(frozen=True, slots=True)
class Judged:
    """A charge that is about to be made, or a refund that is about to be given."""

    act: Act
    payment_id: UUID
    platform_id: UUID
    fan_id: UUID
    creator_id: UUID
    amount: Money
    card: str = ""
    """A fingerprint or the id of a saved instrument, never a number."""
    device: str = ""
    features: tuple[tuple[str, Any], ...] = ()
    """What else was known; kept with the decision, looked at by people and later by models."""

    def who(self, subject: Subject) -> str:
        """The name under which this is counted for a subject; empty where it is not known."""
        return {
            Subject.FAN: str(self.fan_id),
            Subject.CARD: self.card,
            Subject.DEVICE: self.device,
            Subject.PLATFORM: str(self.platform_id),
            Subject.ALL: "all",
        }[subject]


@dataclass(frozen=True, slots=True)
class Limit:
    """One version of a bound. Without a window it looks at one amount alone; lifted, it bounds nothing."""

    version: int
    name: str
    act: Act
    subject: Subject
    verdict: Verdict
    active_from: datetime
    window_seconds: int = 0
    currency: str = ""
    most_count: int | None = None
    most_minor: int | None = None
    platform_id: UUID | None = None
    is_strict: bool = False
    """It holds only for fans under strict limits."""

    @property
    def window(self) -> timedelta:
        return timedelta(seconds=self.window_seconds)

    @property
    def is_lifted(self) -> bool:
        return self.most_count is None and self.most_minor is None

    @property
    def most(self) -> Money | None:
        return None if self.most_minor is None else Money(self.most_minor, self.currency)


@dataclass(frozen=True, slots=True)
class Use:
    """What was allowed or looked at within a limit's window, before this."""

    count: int = 0
    minor: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """What the house knows of the people on both sides."""

    is_fan_suspended: bool = False
    is_creator_suspended: bool = False
    is_creator_shadowed: bool = False
    is_strict: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One cause with its numbers; for staff, never for the fan."""

    code: str
    verdict: Verdict
    facts: tuple[tuple[str, Any], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "verdict": str(self.verdict), **dict(self.facts)}

    @property
    def in_words(self) -> str:
        """`limit.amount (limit one-large-usd, most_minor 50000, found_minor 60000)`, for staff."""
        told = ", ".join(f"{name} {value}" for name, value in self.facts)
        return f"{self.code} ({told})" if told else self.code


@dataclass(frozen=True, slots=True)
class Judgement:
    """The decision as other rooms see it."""

    id: UUID
    verdict: Verdict
    reasons: tuple[Reason, ...]
    is_counted: bool
    policy: str


@dataclass(frozen=True, slots=True)
class Warranted:
    """A judgement on a charge, and the warrant that carries it to the room that charges."""

    judgement: Judgement
    warrant_id: UUID

    @property
    def verdict(self) -> Verdict:
        return self.judgement.verdict
