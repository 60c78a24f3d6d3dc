"""Freezes that stand and fall with a check: who is restricted, whose papers are missing, what a dispute touches."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from foundation.actors import Actor
from foundation.errors import Conflict
from foundation.identity.models import Party
from payouts.freezes.facts import open_disputes
from payouts.freezes.models import Freeze
from payouts.freezes.services.placing import place_freeze
from payouts.freezes.services.releasing import release_freeze
from payouts.freezes.states import STOPS, FreezeType, ReleasePath, Severity
from payouts.freezes.types import Scope, Why
from payouts.life.models import Payout
from payouts.life.selectors import stoppable_of
from payouts.life.services import mark_disputed
from payouts.life.states import PayoutState

LOOKED_AT_WITHIN = timedelta(days=7)


def stop_for_restriction(creator_id: UUID, *, by: Actor, at: datetime) -> int:
    """Stop what has not left of a creator who may not be paid; returns how many payouts."""
    stopped = 0
    for payout_id in stoppable_of(creator_id):
        why = Why(
            code="CHECK_IN_PROGRESS", severity=Severity.HIGH, action="contact", path=ReleasePath.CONDITION_MET,
            source=f"check restrictions {payout_id}", rule="check restrictions",
            review_by=at + LOOKED_AT_WITHIN, conditions=[{"check": "restrictions"}],
        )  # fmt: skip
        scope = Scope(FreezeType.PAYOUT, creator_id, payout_id=payout_id)
        try:
            place_freeze(scope=scope, why=why, by=by, at=at)
            stopped += 1
        except Conflict as refused:
            if refused.code != "payouts.too_late":
                raise
    return stopped


def lift_check(check: str, creator_id: UUID, *, by: Actor, at: datetime) -> int:
    """What a check stopped goes on, now that it passes; returns how many freezes were lifted."""
    live = Freeze.objects.filter(creator_id=creator_id, state__in=STOPS, rule=f"check {check}")
    lifted = 0
    for freeze_id in live.order_by("payout_id", "pk").values_list("pk", flat=True):
        try:
            release_freeze(freeze_id=freeze_id, reason="its condition is met", by=by, at=at)
            lifted += 1
        except Conflict as refused:
            if refused.code != "freezes.lifted_already":
                raise
    return lifted


def kyc_changed(creator_id: UUID, *, by: Actor, at: datetime) -> int:
    """What waited for a creator's papers goes on when they hold."""
    party = Party.objects.get(pk=creator_id)
    holds = party.kyc_state == Party.Check.PASSED and (party.kyc_expires_at is None or party.kyc_expires_at > at)
    return lift_check("identity", creator_id, by=by, at=at) if holds else 0


def lift_proved(*, by: Actor, at: datetime, limit: int = 200) -> int:
    """The same for everybody whose papers hold by now, whoever checked them."""
    waiting = Freeze.objects.filter(
        state__in=STOPS, rule="check identity", creator__kyc_state=Party.Check.PASSED
    ).values_list("creator_id", flat=True)  # fmt: skip
    return sum(kyc_changed(creator_id, by=by, at=at) for creator_id in sorted(set(waiting))[:limit])


def mark_touched(creator_id: UUID, *, by: Actor, at: datetime) -> None:
    """Say of each payout that waits whether a dispute touches money inside: the newest one that was asked for after
    the disputed sale, for each open dispute."""
    waiting = list(
        Payout.objects.filter(
            creator_id=creator_id, state__in=[PayoutState.IN_ESCROW, PayoutState.FROZEN]
        ).order_by("-requested_at", "-pk")
    )  # fmt: skip
    touched = set()
    for currency, captured_at in open_disputes(creator_id):
        inside = [p for p in waiting if p.currency == currency and p.requested_at >= captured_at]
        touched |= {inside[0].pk} if inside else set()
    for payout in sorted(waiting, key=lambda row: row.pk):
        if payout.is_disputed is not (payout.pk in touched):
            mark_disputed(payout_id=payout.pk, is_disputed=payout.pk in touched, by=by, at=at)
