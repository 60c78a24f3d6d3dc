"""What people of the house did about payouts: looked, were wrong once, stopped everything of one, a part of another."""

from __future__ import annotations

from datetime import datetime, timedelta

from compliance.escalations.models import Escalation
from compliance.escalations.services import resolve_escalation, take_escalation
from compliance.escalations.states import Decision, EscalationType
from fanzmoney.demo.payouts.creators import Creator
from fanzmoney.demo.payouts.wishes import free
from fanzmoney.demo.people import email_of
from foundation.actors import Actor, ActorKind
from foundation.identity.models import User
from foundation.identity.roles import Role
from foundation.money import Money
from payouts.freezes.services import place_freeze
from payouts.freezes.states import FreezeType, ReleasePath, Severity
from payouts.freezes.types import Scope, Why

LOOKED_AT_WITHIN, FREE_AFTER = timedelta(days=3), timedelta(days=5)
LEAST = Money(20_00, "USD")


def work(known: list[Creator], *, at: datetime) -> None:
    """One afternoon of Carl's, in the caller's transaction."""
    carl = _carl()
    spikes = Escalation.objects.open().filter(type=EscalationType.CHARGEBACK_SPIKE)
    waiting = spikes.filter(creator_id__in=[one.party_id for one in known]).order_by("pk").first()
    if waiting is not None:
        take_escalation(escalation_id=waiting.pk, by=carl, at=at)
        resolve_escalation(
            escalation_id=waiting.pk, decision=Decision.FALSE_ALARM,
            reasoning="One buyer disputed twice; every other sale is undisputed.", by=carl, at=at,
        )  # fmt: skip
    chosen = [one for one in known if one.number in (5, 6)][-2:]
    if len(chosen) < 2:
        return
    everything, part = chosen
    scope = Scope(FreezeType.ACCOUNT, everything.party_id)
    place_freeze(scope=scope, why=_why("account", at, review_by=at + LOOKED_AT_WITHIN), by=carl, at=at)
    half = Money(free(part.party_id, "USD").minor // 2, "USD")
    if half >= LEAST:
        scope = Scope(FreezeType.WALLET_SEGMENT, part.party_id, currency="USD", amount=half)
        place_freeze(scope=scope, why=_why("part", at, release_at=at + FREE_AFTER), by=carl, at=at)


def _why(source: str, at: datetime, *, review_by: datetime | None = None, release_at: datetime | None = None) -> Why:
    return Why(
        code="CHECK_IN_PROGRESS", severity=Severity.HIGH, action="contact",
        path=ReleasePath.TIME_BASED if release_at else ReleasePath.MANUAL_REVIEW, source=f"demo desk {source}",
        review_by=review_by, release_at=release_at, notes="Seen on the desk of compliance.",
    )  # fmt: skip


def _carl() -> Actor:
    user = User.objects.get(email=email_of(Role.COMPLIANCE))
    return Actor(ActorKind.USER, str(user.pk), roles=user.role_names, is_second_factor_passed=True, stepped_up_at=None)
