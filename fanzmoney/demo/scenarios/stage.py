"""A creator for a scenario: who they are, what they sold, what of it they may be paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction

from fanzmoney.demo.clockwork import as_of
from fanzmoney.demo.history.charges import write_charges
from fanzmoney.demo.history.memory import remind
from fanzmoney.demo.history.plan import Planned
from fanzmoney.demo.payouts.creators import CHECKED_BY, PROOF
from fanzmoney.demo.people import DEMO, PASSWORD, own_names
from foundation import clock
from foundation.actors import Actor, ActorKind
from foundation.identity.models import Membership, Party, Platform, User
from foundation.identity.roles import Role
from foundation.identity.services import CheckResult, MemberIn, grant_role, note_kyc, upsert_members
from foundation.ids import named_id
from foundation.money import Money
from payouts.earnings.services import settle_day
from payouts.integrity.services import rescore
from payouts.life.models import Payout
from payouts.life.services import request_payout
from payouts.methods.models import PayoutMethod
from payouts.methods.services import add_method, prove_by_hand
from processors.payments.models import Attempt, Payment

PLACE = "boyfanz"
PRODUCTS = ("ppv", "tip", "media", "call", "merchandise")


@dataclass(frozen=True, slots=True)
class Part:
    """The creator a scenario is about."""

    name: str
    joined_days_ago: int

    @property
    def external_id(self) -> str:
        return f"scene-{self.name.lower()}"

    @property
    def email(self) -> str:
        return f"{self.name.lower()}.creator@fanzmoney.example"


@dataclass(frozen=True, slots=True)
class Sales:
    """So many sales at this price, spread over these days."""

    count: int
    price: Money
    from_days_ago: float
    to_days_ago: float
    fans: int


def enter(part: Part) -> UUID:
    """The creator with papers, a login and a proved destination; there already, nothing changes."""
    place = Platform.objects.get(slug=PLACE)
    joined_at = clock.now() - timedelta(days=part.joined_days_ago)
    told = MemberIn(part.external_id, handle=part.name.lower(), personal={"name": f"{part.name} Lund", "country": "US"})
    with transaction.atomic():
        upsert_members(platform_id=place.pk, role=Role.CREATOR, members=[told], by=DEMO, at=joined_at)
        member = Membership.objects.get(platform=place, role=Role.CREATOR, external_id=part.external_id)
        _login(part, member.party)
        if not PayoutMethod.objects.filter(creator=member.party).exists():
            with as_of(member.joined_at + timedelta(days=1)) as then:
                _prepare(part, member.party_id, then)
    return member.party_id


def sell(part: Part, creator_id: UUID, sales: Sales) -> list[Payment]:
    """What fans bought, known to the played provider as well; written once."""
    prefix, place = f"{part.external_id}-", Platform.objects.get(slug=PLACE)
    known = Payment.objects.filter(creator_id=creator_id, reference__startswith=prefix).order_by("reference")
    if not known.exists():
        with transaction.atomic():
            write_charges(_planned(prefix, place.pk, creator_id, sales))
    remind(creator_id=creator_id)
    return list(known)


def settle(creator_id: UUID) -> None:
    """What is old enough can be paid out, and the score is that of today."""
    at = clock.now()
    settle_day(day=at.date(), at=at, creator_id=creator_id)
    score(creator_id)


def score(creator_id: UUID) -> None:
    rescore([creator_id], reason="scenario", at=clock.now())


def ask(part: Part, creator_id: UUID, amount: Money) -> Payout:
    """The creator asks for this much, once."""
    user = User.objects.get(email=part.email)
    herself = Actor(ActorKind.USER, str(user.pk), roles=user.role_names, party_id=creator_id)
    return request_payout(
        creator_id=creator_id, amount=amount, by=herself, at=clock.now(), payout_id=payout_of(part)
    )  # fmt: skip


def payout_of(part: Part) -> UUID:
    return named_id("demo.scenario", part.external_id)


def numbers_at_provider(payments: Sequence[Payment]) -> list[str]:
    """Under which numbers the provider knows these sales."""
    rows = Attempt.objects.filter(payment__in=payments, result="approved").order_by("payment__reference")
    return list(rows.values_list("provider_ref", flat=True))


def _login(part: Part, party: Party) -> None:
    if User.objects.filter(email=part.email).exists():
        return
    user = User.objects.create_user(part.email, PASSWORD, name=part.name, is_demo=True)
    user.party = party
    user.save(update_fields=["party"])
    EmailAddress.objects.create(user=user, email=part.email, verified=True, primary=True)
    grant_role(user_id=user.pk, role=Role.CREATOR, by=DEMO, at=clock.now(), reason="demo")


def _prepare(part: Part, creator_id: UUID, at: datetime) -> None:
    result = CheckResult(Party.Check.PASSED, CHECKED_BY, f"check {part.external_id}", at + timedelta(days=1500))
    note_kyc(party_id=creator_id, result=result, by=DEMO, at=at)
    details = {"email": f"{part.name.lower()}@paxum.example"}
    added = add_method(creator_id=creator_id, rail="paxum", currency="USD", details=details, by=DEMO, at=at)
    prove_by_hand(method_id=added.id, reason=PROOF, by=DEMO, at=at)


def _planned(prefix: str, place_id: UUID, creator_id: UUID, sales: Sales) -> list[Planned]:
    now, span = clock.now(), sales.from_days_ago - sales.to_days_ago
    fans = Membership.objects.filter(platform_id=place_id, role=Role.FAN, external_id__in=own_names(Role.FAN))
    known = list(fans.order_by("external_id").values_list("party_id", flat=True)[: sales.fans])
    return [
        Planned(
            at=now - timedelta(days=sales.from_days_ago - span * number / sales.count),
            platform_id=place_id, number=900_000 + number, reference=f"{prefix}{number:04d}",
            fan_id=known[number % len(known)], creator_id=creator_id, device=f"phone-{number % len(known) + 1}",
            product=PRODUCTS[number % len(PRODUCTS)], amount=sales.price, is_coins=False,
        )
        for number in range(sales.count)
    ]  # fmt: skip
