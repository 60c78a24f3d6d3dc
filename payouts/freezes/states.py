"""What a freeze can cover, why, and how it ends."""

from __future__ import annotations

from django.db.models import TextChoices


class FreezeType(TextChoices):
    PAYOUT = "PAYOUT", "One payout"
    WALLET_SEGMENT = "WALLET_SEGMENT", "A part of what is available"
    REVENUE_SOURCE = "REVENUE_SOURCE", "Earnings of one product on one platform"
    ACCOUNT = "ACCOUNT", "Everything of the creator"


class FreezeState(TextChoices):
    ACTIVE = "ACTIVE", "Stops money"
    ESCALATED = "ESCALATED", "Stops money, and a department looks at it"
    RELEASED = "RELEASED", "Lifted"


FREEZE_MOVES = {
    FreezeState.ACTIVE: (FreezeState.ESCALATED, FreezeState.RELEASED),
    FreezeState.ESCALATED: (FreezeState.RELEASED,),
}
STOPS = (FreezeState.ACTIVE, FreezeState.ESCALATED)


class Severity(TextChoices):
    LOW = "LOW", "Low"
    MEDIUM = "MEDIUM", "Medium"
    HIGH = "HIGH", "High"
    CRITICAL = "CRITICAL", "Critical"


class ReleasePath(TextChoices):
    TIME_BASED = "TIME_BASED", "At its time"
    MANUAL_REVIEW = "MANUAL_REVIEW", "When a person has looked"
    CONDITION_MET = "CONDITION_MET", "When its conditions are met"
