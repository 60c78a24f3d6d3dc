"""What is escalated, to whom, how soon it has to be decided, and what may follow what."""

from __future__ import annotations

from django.db.models import TextChoices


class EscalationType(TextChoices):
    PAYOUT_FREEZE = "PAYOUT_FREEZE", "A freeze needs a decision"
    HIGH_RISK_SCORE = "HIGH_RISK_SCORE", "A score fell deep"
    CHARGEBACK_SPIKE = "CHARGEBACK_SPIKE", "Many disputes in a short time"
    AML_FLAG = "AML_FLAG", "A money laundering or sanctions check found something"


class Severity(TextChoices):
    LOW = "LOW", "Low"
    MEDIUM = "MEDIUM", "Medium"
    HIGH = "HIGH", "High"
    CRITICAL = "CRITICAL", "Critical"


class Department(TextChoices):
    LEGAL = "LEGAL", "Legal"
    FINANCE = "FINANCE", "Finance"
    COMPLIANCE = "COMPLIANCE", "Compliance"
    FRAUD = "FRAUD", "Fraud"


class EscalationState(TextChoices):
    OPEN = "OPEN", "Nobody looked yet"
    IN_REVIEW = "IN_REVIEW", "Somebody works on it"
    ESCALATED = "ESCALATED", "Handed higher: late, or too large for one department"
    RESOLVED = "RESOLVED", "Decided"


S = EscalationState
ESCALATION_MOVES = {
    S.OPEN: (S.IN_REVIEW, S.ESCALATED),
    S.IN_REVIEW: (S.ESCALATED, S.RESOLVED),
    S.ESCALATED: (S.IN_REVIEW, S.RESOLVED),
}


class Decision(TextChoices):
    FALSE_ALARM = "FALSE_ALARM", "Nothing was wrong; it should not have been stopped"
    CLEARED = "CLEARED", "The question was right and is answered; it may go on"
    CONFIRMED = "CONFIRMED", "The suspicion is confirmed; what is stopped stays stopped"
    REPORTED = "REPORTED", "Reported to an authority; what is stopped stays stopped"


LETS_GO = (Decision.FALSE_ALARM, Decision.CLEARED)
NEEDS_BASIS = (Decision.CONFIRMED, Decision.REPORTED)


class Act(TextChoices):
    """What people and the clock do to an escalation; each leaves one line."""

    OPENED = "OPENED", "Opened"
    JOINED = "JOINED", "Another cause joined"
    TAKEN = "TAKEN", "Taken for review"
    ASSIGNED = "ASSIGNED", "Assigned"
    NOTED = "NOTED", "Note"
    ESCALATED = "ESCALATED", "Handed higher"
    PAUSED = "PAUSED", "Clock stopped"
    RESUMED = "RESUMED", "Clock goes on"
    RESOLVED = "RESOLVED", "Decided"
