"""The people, accounts and rights that every seed begins with, made once by the services themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction

from fanzmoney.demo.merchants import accounts, rail_accounts
from foundation import clock
from foundation.actors import Actor, ActorKind, system
from foundation.events.listening import groups
from foundation.identity.models import Membership, Party, Platform, User
from foundation.identity.roles import Role
from foundation.identity.services import CheckResult, MemberIn, grant_role, note_kyc, upsert_members
from foundation.ids import uuid7
from foundation.inbox.services import begin_listening
from foundation.money import Money
from ledger import chart
from ledger.services import open_account, post
from ledger.types import Posting
from payouts.methods.services import add_method, prove_by_hand
from processors.payments.models import MerchantAccount

BY = system("simulator")
LONG_AGO = datetime(2030, 1, 1, tzinfo=UTC)
BEGINS = datetime(2031, 1, 1, 9, tzinfo=UTC)
PLATFORMS = ("boyfanz", "girlfanz")
FUNDS = (Money(600_00, "USD"), Money(2_500_00, "USD"), Money(40_000_00, "USD"))
"""What they had earned before; the last asks for more than one person lets go."""
STAFF = (Role.FINANCE, Role.APPROVER, Role.ADMIN, Role.COMPLIANCE)


@dataclass(frozen=True)
class World:
    """Who there is, in an order that never changes."""

    platforms: tuple[UUID, ...]
    fans: tuple[tuple[UUID, UUID], ...]
    creators: tuple[tuple[UUID, UUID], ...]
    staff: tuple[User, ...]

    def person(self, number: int) -> Actor:
        """One of the staff, signed in with a second factor."""
        user = self.staff[number]
        return Actor(
            ActorKind.USER, str(user.pk), roles=user.role_names, party_id=user.party_id, is_second_factor_passed=True,
            stepped_up_at=clock.now(),
        )  # fmt: skip


def make_world(sandbox: str) -> World:
    """Two platforms, three creators and four fans on them, accounts with both providers and the rail, and staff."""
    _be_long_ago()
    for slug, account in (accounts(sandbox) | rail_accounts(sandbox)).items():
        if slug in ("ccbill-main", "bitpay-main", "paxum-main"):
            where = {**account["settings"], "report_every_seconds": 0, "asks_threeds": "never"}
            MerchantAccount.objects.update_or_create(slug=slug, defaults={**account, "settings": where})
    MerchantAccount.objects.exclude(slug__in=["ccbill-main", "bitpay-main", "paxum-main"]).update(is_open=False)
    places = [Platform.objects.get(slug=slug) for slug in PLATFORMS]
    fans = [_member(places[number % 2], Role.FAN, f"fan-{number}") for number in range(4)]
    creators = [_member(places[number % 2], Role.CREATOR, f"creator-{number}") for number in range(3)]
    for number, (_, creator_id) in enumerate(creators):
        _make_payable(creator_id, number)
    for group in groups():
        begin_listening(group)
    staff = tuple(map(_user, STAFF))
    return World(tuple(one.pk for one in places), tuple(fans), tuple(creators), staff)


def _be_long_ago() -> None:
    clock.move_clock(ahead=LONG_AGO - datetime.now(UTC))


def _member(place: Platform, role: Role, name: str) -> tuple[UUID, UUID]:
    (row,) = upsert_members(
        platform_id=place.pk, role=role, members=[MemberIn(name, handle=name)], by=BY, at=clock.now()
    )
    return place.pk, Membership.objects.get(pk=row.id).party_id


def _make_payable(creator_id: UUID, number: int) -> None:
    at = clock.now()
    with transaction.atomic():
        note_kyc(party_id=creator_id, result=CheckResult(Party.Check.PASSED, "trial", f"c{number}"), by=BY, at=at)
        details = {"email": f"creator{number}@paxum.example"}
        added = add_method(creator_id=creator_id, rail="paxum", currency="USD", details=details, by=BY, at=at)
        prove_by_hand(method_id=added.id, reason="seen", by=BY, at=at)
        paid_from, to = chart.clearing("ccbill-main", "USD"), chart.creator("available", creator_id, "USD")
        post(Posting(uuid7(), open_account(paid_from), open_account(to), FUNDS[number], "trial"))


def _user(role: Role) -> User:
    user = User.objects.create_user(f"{role}@simulator.example", None, name=str(role))
    grant_role(user_id=user.pk, role=role, by=BY, at=clock.now())
    return User.objects.get(pk=user.pk)


def begins(number: int) -> datetime:
    """Another day of the year for each seed, so that weekends, month ends and holidays come too."""
    return BEGINS + timedelta(days=number % 365)
