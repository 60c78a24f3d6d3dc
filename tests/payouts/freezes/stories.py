"""Scenes of freezes: creators with money, a score as the story says, and payouts that wait."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from foundation import clock
from foundation.identity.models import Party
from foundation.ids import uuid7
from foundation.money import Money
from payouts.freezes.models import Freeze
from payouts.freezes.rules.measures import COMPONENTS
from payouts.freezes.services import place_freeze
from payouts.freezes.states import FreezeType, ReleasePath, Severity
from payouts.freezes.types import Scope, Why
from payouts.integrity.models import IntegrityRecord, IntegrityScore
from payouts.integrity.rules.inputs import Inputs
from payouts.integrity.rules.scoring import POLICIES
from payouts.life.models import Payout
from tests.cast import HOUSE, actor, member, portal_user, staff
from tests.payouts.scene import ask, rich

CLEAN = dict.fromkeys(COMPONENTS, "90.0")


def scored(creator_id: UUID, score: int = 850, *, at: Any = None, inputs: Inputs | None = None, **parts: str) -> None:
    """This is how a creator stands, whatever their sales say."""
    known = inputs or Inputs(age_days=400, sales=100)
    record = IntegrityRecord.objects.create(
        id=uuid7(), creator_id=creator_id, score=score, components={**CLEAN, **parts}, level="LOW", flags=[],
        inputs=known.as_json(), policy=next(iter(POLICIES)), reason="story", at=at or clock.now(),
    )  # fmt: skip
    IntegrityScore.objects.update_or_create(
        creator_id=creator_id,
        defaults={"record": record, "score": score, "level": "LOW"},
    )


def maya(minor: int = 5_000_00, score: int = 850, **parts: Any) -> UUID:
    """A creator with money, papers, a destination and a score; she hears messages."""
    creator_id = rich(minor, "maya")
    Party.objects.filter(pk=creator_id).update(kyc_state=Party.Check.PASSED)
    portal_user(member("maya"))
    scored(creator_id, score, **parts)
    return creator_id


def waiting(minor: int = 100_00, creator_id: UUID | None = None) -> Payout:
    payout = ask(creator_id or maya(), minor)
    assert payout.state == "IN_ESCROW", payout.state
    return payout


def why(**changes: Any) -> Why:
    facts: dict[str, Any] = {
        "code": "CHECK_IN_PROGRESS", "severity": Severity.HIGH, "action": "nothing",
        "path": ReleasePath.MANUAL_REVIEW, "source": f"story {uuid7()}",
        "review_by": clock.now() + timedelta(days=3),
    }  # fmt: skip
    return Why(**{**facts, **changes})


def frozen(payout: Payout, **changes: Any) -> Freeze:
    scope = Scope(FreezeType.PAYOUT, payout.creator_id, payout_id=payout.pk)
    return place_freeze(scope=scope, why=why(**changes), by=HOUSE, at=clock.now())


def frozen_account(creator_id: UUID, **changes: Any) -> Freeze:
    return place_freeze(scope=Scope(FreezeType.ACCOUNT, creator_id), why=why(**changes), by=HOUSE, at=clock.now())


def frozen_part(creator_id: UUID, minor: int, subject: str = "", **changes: Any) -> Freeze:
    scope = Scope(
        FreezeType.WALLET_SEGMENT, creator_id, currency="USD", amount=Money(minor, "USD"), subject=subject
    )  # fmt: skip
    return place_freeze(scope=scope, why=why(**changes), by=HOUSE, at=clock.now())


def carl() -> Any:
    return actor(staff("carl"))
