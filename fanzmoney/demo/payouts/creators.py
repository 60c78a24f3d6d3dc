"""Creators as the house knows them after their first days: papers seen, destinations proved, a schedule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from fanzmoney.demo.clockwork import as_of
from fanzmoney.demo.payouts.plan import destination, papers_end, wish_of
from fanzmoney.demo.people import DEMO, own_names
from foundation import clock
from foundation.actors import Actor, ActorKind
from foundation.identity.models import Membership, Party
from foundation.identity.personal import read_personal
from foundation.identity.roles import Role
from foundation.identity.services import CheckResult, note_kyc
from foundation.money import Money
from payouts.life.models import PayoutSchedule
from payouts.methods.models import PayoutMethod
from payouts.methods.services import add_method, prove_by_hand
from payouts.schedules.services import set_schedule

C = Party.Check
CHECKED_BY = "sandbox identity check"
PROOF = "Seen on a statement of the account."


@dataclass(frozen=True, slots=True)
class Creator:
    """One creator of one platform."""

    party_id: UUID
    slug: str
    number: int
    handle: str
    joined_at: datetime

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.USER, f"creator {self.handle}", roles=frozenset({Role.CREATOR}), party_id=self.party_id)


def creators() -> list[Creator]:
    """Those a platform had from the beginning, the best known first."""
    rows = Membership.objects.filter(role=Role.CREATOR, is_active=True, external_id__in=own_names(Role.CREATOR))
    found = [
        Creator(row.party_id, row.platform.slug, int(row.external_id[1:]), row.handle, row.joined_at)
        for row in rows.select_related("platform")
    ]
    return sorted(found, key=lambda one: (one.number, one.slug))


def without_ways(known: list[Creator]) -> Iterator[Creator]:
    """Those nothing was done for yet."""
    have = set(PayoutMethod.objects.values_list("creator_id", flat=True).distinct())
    return (one for one in known if one.party_id not in have)


def introduce(one: Creator) -> None:
    """All a creator has to do before their first payout, on the days on which they did it; done already, nothing."""
    at, wish = clock.now(), wish_of(one.slug, one.number)
    name = read_personal([one.party_id])[one.party_id].get("name", one.handle)
    with transaction.atomic():
        Party.objects.locked(one.party_id)
        if PayoutMethod.objects.filter(creator_id=one.party_id).exists():
            return
        with as_of(one.joined_at + timedelta(days=1)) as then:
            _check_papers(one, wish.papers, papers_end(one.slug, one.number, one.joined_at, at), then)
            _set_schedule(one, wish.schedule, wish.weekday, wish.threshold_minor, then)
        for nth, (rail, currency) in enumerate(wish.ways):
            with as_of(one.joined_at + timedelta(days=1, hours=nth)) as then:
                _add_way(one, rail, currency, destination(one.slug, one.number, rail, name, one.handle), then)


def _check_papers(one: Creator, papers: Party.Check, ends: datetime | None, at: datetime) -> None:
    if papers == C.NOT_STARTED:
        return
    said = C.PASSED if papers == C.EXPIRED else papers
    result = CheckResult(said, CHECKED_BY, f"check {one.slug} {one.number}", ends)
    note_kyc(party_id=one.party_id, result=result, by=DEMO, at=at)


def _set_schedule(one: Creator, kind: str, weekday: int, threshold_minor: int, at: datetime) -> None:
    threshold = Money(threshold_minor, "USD") if kind == PayoutSchedule.Kind.THRESHOLD else None
    set_schedule(
        creator_id=one.party_id, currency="USD", kind=kind, weekday=weekday, threshold=threshold, by=one.actor, at=at
    )


def _add_way(one: Creator, rail: str, currency: str, details: dict[str, str], at: datetime) -> None:
    added = add_method(
        creator_id=one.party_id, rail=rail, currency=currency, details=details, by=one.actor, at=at
    )  # fmt: skip
    prove_by_hand(method_id=added.id, reason=PROOF, by=DEMO, at=at)
