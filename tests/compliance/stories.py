"""Scenes of compliance: Maya is the creator, Carl works on escalations, Lena reads them."""

from __future__ import annotations

from typing import Any

from compliance.escalations.services import open_escalation, take_escalation
from compliance.escalations.states import EscalationType, Severity
from compliance.escalations.types import Cause, EscalationLine
from foundation import clock
from foundation.ids import uuid7
from foundation.money import Money
from tests.cast import HOUSE, actor, member, staff


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def cause(**changes: Any) -> Cause:
    facts: dict[str, Any] = {
        "type": EscalationType.PAYOUT_FREEZE, "severity": Severity.HIGH, "source": f"freeze {uuid7()}",
        "description": "A payout was stopped and needs a decision.", "amounts": (usd(80_00),),
    }  # fmt: skip
    return Cause(**{**facts, **changes})


def opened(creator: str = "maya", **changes: Any) -> EscalationLine:
    return open_escalation(creator_id=member(creator).party_id, cause=cause(**changes), by=HOUSE, at=clock.now())


def in_review(**changes: Any) -> EscalationLine:
    return take_escalation(escalation_id=opened(**changes).id, by=carl(), at=clock.now())


def carl() -> Any:
    return actor(staff("carl"))
