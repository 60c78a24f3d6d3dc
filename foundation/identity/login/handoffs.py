"""A platform's word for one of its members: a link for a minute, used once, that opens what it knows anyway."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse

from foundation import clock
from foundation.actors import Actor
from foundation.audit.services import record
from foundation.errors import Conflict, NotFound, Refusal, TooMany, Unprocessable
from foundation.identity.login import guards
from foundation.identity.login.vetoes import refuse_vetoed
from foundation.identity.models import Handoff, HandoffUse, Membership, User
from foundation.identity.roles import Role
from foundation.identity.selectors import hash_of_link
from foundation.identity.sessions import is_vouched_for

# Where a platform may lead to, by the name it gives; never an address of its own.
PAGES: dict[str, dict[str, str]] = {
    Role.CREATOR: {
        "home": "starz:home",
        "payouts": "starz:payouts",
        "calendar": "starz:calendar",
        "standing": "starz:standing",
        "statements": "starz:statements",
    },
    Role.FAN: {"home": "wallet:home"},
}
LASTS, A_MINUTE = timedelta(seconds=60), timedelta(minutes=1)
MOST_IN_A_MINUTE = 10
LINK_GONE = "This link was used or is too old. Go back to your platform and open it there again."


@dataclass(frozen=True, slots=True)
class FreshHandoff:
    """A link that nobody can be shown a second time."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class HandedIn:
    """Who comes in, as whom, and where to."""

    user: User
    member: Membership
    path: str


def create_handoff(*, membership_id: UUID, page: str, by: Actor, at: datetime) -> FreshHandoff:
    """A link for a member who stands before their platform now.

    Refuses a page that is none of theirs, a member who has no login of their own, and many within a minute (TooMany).
    """
    with transaction.atomic():
        member = Membership.objects.locked(membership_id)
        if page not in PAGES[member.role]:
            raise Unprocessable("identity.no_such_page", "There is no such page.", pages=sorted(PAGES[member.role]))
        if not _may_enter(member.pk):
            raise Conflict("identity.not_inside", "This member has no login here yet. Invite them first.")
        if Handoff.objects.filter(membership=member, created_at__gt=Now() - A_MINUTE).count() >= MOST_IN_A_MINUTE:
            raise TooMany("identity.handed_in_lately", "This member was sent here many times.", retry_after=60)
        token = secrets.token_urlsafe(32)
        handoff = Handoff(membership=member, client_id=UUID(by.id), page=page, expires_at=at + LASTS)
        handoff.token_hash = hash_of_link(token)
        handoff.save(force_insert=True)
        record("member.handoff_made", by=by, subject=member, platform_id=member.platform_id, page=page)
    return FreshHandoff(settings.PUBLIC_URL + reverse("handoff:page", args=[token]), handoff.expires_at)


def open_handoff(token: str, *, network: str, at: datetime) -> HandedIn:
    """What the link leads to. One refusal for all that does not open (NotFound), counted per address (TooMany)."""
    guards.take(guards.HANDOFF_ADDRESS, network)
    found = _open(token, at)
    guards.give_back(guards.HANDOFF_ADDRESS, network)
    return _described(found)


def use_handoff(token: str, *, network: str, by: Actor, at: datetime) -> HandedIn:
    """Spend the link: of many who try at once one gets in."""
    guards.take(guards.HANDOFF_ADDRESS, network)
    handoff = _open(token, at)
    member = handoff.membership
    try:
        with transaction.atomic():
            HandoffUse.objects.create(handoff=handoff, used_at=at)
            record(
                "member.handed_in", by=by, subject=member, platform_id=member.platform_id, client=handoff.client_id,
                user=_person(member).pk,
            )  # fmt: skip
    except IntegrityError:
        raise NotFound("identity.handoff_gone", LINK_GONE) from None
    guards.give_back(guards.HANDOFF_ADDRESS, network)
    return _described(handoff)


def forget_old_handoffs() -> int:
    """Links nobody can use any more; that they were used stands in the trail."""
    return Handoff.objects.filter(expires_at__lt=clock.now() - timedelta(days=1)).delete()[0]


def _may_enter(membership_id: UUID) -> bool:
    """Asked of the database, which shows a platform neither logins nor who works here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT fanz_may_enter(%s)", [membership_id])
        return bool(cursor.fetchone()[0])


def _open(token: str, at: datetime) -> Handoff:
    found = (
        Handoff.objects.select_related("membership__platform")
        .filter(Q(client__active_until=None) | Q(client__active_until__gt=at))
        .filter(token_hash=hash_of_link(token), expires_at__gt=at, use=None)
        .first()
    )
    if found is None or not is_vouched_for(found.membership, at):
        raise NotFound("identity.handoff_gone", LINK_GONE)
    try:
        refuse_vetoed(_person(found.membership))
    except Refusal:
        raise NotFound("identity.handoff_gone", LINK_GONE) from None
    return found


def _person(member: Membership) -> User:
    user = User.objects.filter(party_id=member.party_id, is_active=True).first()
    if user is None or user.is_staff or member.role not in user.role_names:
        raise NotFound("identity.handoff_gone", LINK_GONE)
    return user


def _described(handoff: Handoff) -> HandedIn:
    member = handoff.membership
    return HandedIn(_person(member), member, reverse(PAGES[member.role][handoff.page]))
