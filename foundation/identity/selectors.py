"""Questions about people, platforms and their programs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from foundation import prepared
from foundation.actors import Actor, ActorKind
from foundation.clock.functions import FanzNow
from foundation.errors import NotFound, Unauthenticated
from foundation.identity.models import ApiClient, Invitation, Membership, Platform, RoleGrant, User
from foundation.identity.roles import STAFF_ROLES, Role

_PARTIES = """
SELECT role, external_id, party_id FROM membership
WHERE platform_id = %s AND (role, external_id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""
_EXTERNAL_IDS = """
SELECT party_id, external_id FROM membership WHERE platform_id = %s AND party_id = ANY(%s::uuid[]) ORDER BY id
"""
LINK_GONE = "This link was used or is too old. Ask your platform for a new one."


@dataclass(frozen=True, slots=True)
class PlatformCount:
    """How many people one platform has told us of."""

    slug: str
    name: str
    cluster: str
    creators: int
    fans: int


@dataclass(frozen=True, slots=True)
class Invited:
    """What an invitation leads to, as the person who holds its link sees it."""

    platform: str
    role: str
    handle: str
    external_id: str


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """A role in force, since when and by whose hand."""

    role: Role
    since: datetime
    granted_by: str


@dataclass(frozen=True, slots=True)
class MembershipHeld:
    """A place on one platform, as the person themselves sees it."""

    platform: str
    role: Role
    handle: str
    joined_at: datetime
    is_active: bool


def count_people_by_platform() -> list[PlatformCount]:
    """Active creators and fans of each platform, in the order of its name."""
    active = Q(memberships__is_active=True)
    counted = (
        Platform.objects.filter(active_until=None)
        .annotate(
            creators=Count("memberships", filter=active & Q(memberships__role=Role.CREATOR)),
            fans=Count("memberships", filter=active & Q(memberships__role=Role.FAN)),
        )
        .order_by("name")
        .values_list("slug", "name", "cluster__name", "creators", "fans")
    )
    return [PlatformCount(*row) for row in counted]


def count_staff() -> int:
    """People with at least one staff role in force."""
    in_force = Q(role_grants__ended_at=None, role_grants__role__in=STAFF_ROLES)
    return User.objects.filter(in_force, is_active=True).distinct().count()


def list_roles_held(user_id: UUID) -> list[RoleHeld]:
    grants = RoleGrant.objects.filter(user_id=user_id, ended_at=None).order_by("granted_at")
    return [RoleHeld(Role(g.role), g.granted_at, g.granted_by) for g in grants]


def list_memberships_held(party_id: UUID | None) -> list[MembershipHeld]:
    """Where this party is known; nothing for somebody without one."""
    if party_id is None:
        return []
    rows = Membership.objects.filter(party_id=party_id).select_related("platform").order_by("platform__name", "role")
    return [MembershipHeld(m.platform.name, Role(m.role), m.handle, m.joined_at, m.is_active) for m in rows]


@dataclass(frozen=True, slots=True)
class PlatformInfo:
    id: UUID
    slug: str
    name: str
    is_sandbox: bool


@dataclass(frozen=True, slots=True)
class CallerInfo:
    """The caller of a request, with what they may use."""

    kind: str
    id: UUID
    name: str
    platform: PlatformInfo | None
    scopes: tuple[str, ...]
    roles: tuple[str, ...]


def describe_caller(actor: Actor) -> CallerInfo:
    """Who this is. Refuses a caller that is gone since their token or session began."""
    if actor.kind is ActorKind.CLIENT:
        client = ApiClient.objects.filter(pk=actor.id).only("id", "name").first()
        home = Platform.objects.filter(pk=str(actor.platform_id)).only("id", "slug", "name", "is_sandbox").first()
        if client is None or home is None:
            raise Unauthenticated()
        seen = PlatformInfo(home.pk, home.slug, home.name, home.is_sandbox)
        return CallerInfo(str(actor.kind), client.pk, client.name, seen, tuple(sorted(actor.scopes)), ())
    user = User.objects.filter(pk=actor.id).only("id", "name", "email").first()
    if user is None:
        raise Unauthenticated()
    return CallerInfo(str(actor.kind), user.pk, str(user), None, (), tuple(sorted(actor.roles)))


def list_members(*, platform_id: UUID, role: str) -> QuerySet[Membership]:
    """The members of one platform in one role."""
    return Membership.objects.filter(platform_id=platform_id, role=role)


def get_member(*, platform_id: UUID, role: str, external_id: str) -> Membership:
    """One member by the platform's own id; NotFound for another platform's."""
    member = list_members(platform_id=platform_id, role=role).filter(external_id=external_id).first()
    if member is None:
        raise NotFound("identity.member_not_found", "There is no such member on this platform.")
    return member


def find_parties(*, platform_id: UUID, named: Iterable[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    """The parties behind these pairs of role and platform's own id; whom it did not tell of is left out."""
    wanted = {(str(role), external_id) for role, external_id in named}
    asked = [platform_id, [role for role, _ in wanted], [name for _, name in wanted]]
    return {(role, name): party for role, name, party in prepared.run(_PARTIES, asked)}


def find_user(email: str) -> UUID | None:
    """Whose address this is, if it is anybody's."""
    return User.objects.filter(email=email.strip().lower()).values_list("pk", flat=True).first()


def external_ids_of(party_ids: Iterable[UUID], *, platform_id: UUID) -> dict[UUID, str]:
    """What a platform calls these people; whom it does not know is left out."""
    known: list[tuple[Any, ...]] = prepared.run(_EXTERNAL_IDS, [platform_id, list(set(party_ids))])
    return dict(known)


def people_with(*roles: Role) -> list[UUID]:
    """Everybody who holds one of these roles now and can sign in."""
    held = RoleGrant.objects.filter(ended_at=None, role__in=roles, user__is_active=True)
    return list(held.order_by("user_id").values_list("user_id", flat=True).distinct())


def developers_of(platform_id: UUID) -> list[UUID]:
    """Everybody who develops for this platform and can sign in."""
    held = RoleGrant.objects.filter(ended_at=None, role=Role.DEVELOPER, user__is_active=True)
    return list(held.filter(user__platform_id=platform_id).order_by("user_id").values_list("user_id", flat=True))


def clients_of(platform_id: UUID) -> list[ApiClient]:
    """The programs of a platform, the newest first."""
    return list(ApiClient.objects.filter(platform_id=platform_id).order_by("-id")[:200])


def platform_slug(platform_id: UUID) -> str:
    return Platform.objects.values_list("slug", flat=True).get(pk=platform_id)


def is_known_elsewhere(party_id: UUID, platform_id: UUID) -> bool:
    """Whether another platform knows, or knew, this person too."""
    return Membership.objects.filter(party_id=party_id).exclude(platform_id=platform_id).exists()


def accounts_of(party_id: UUID) -> list[UUID]:
    """The accounts by which a person signs in; most fans have none."""
    return list(User.objects.filter(party_id=party_id, is_active=True).values_list("pk", flat=True))


def hash_of_link(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def open_invitation(token: str, *, at: datetime) -> Invitation:
    """The invitation behind a link, if it may still be used."""
    invitation = (
        Invitation.objects.select_related("membership__platform", "membership__party")
        .filter(token_hash=hash_of_link(token), accepted_at=None, expires_at__gt=at)
        .first()
    )
    if invitation is None:
        raise NotFound("identity.invitation_gone", LINK_GONE)
    return invitation


def describe_invitation(token: str, *, at: datetime) -> Invited:
    """What the link leads to; NotFound when it was used or is too old."""
    membership = open_invitation(token, at=at).membership
    return Invited(membership.platform.name, membership.role, membership.handle, membership.external_id)


def count_members_changed_since(ago: timedelta) -> int:
    """How many memberships platforms added or changed lately."""
    return Membership.objects.filter(updated_at__gte=FanzNow() - ago).count()


def platform_names() -> dict[UUID, str]:
    """Every platform by its name."""
    return dict(Platform.objects.order_by("name").values_list("pk", "name"))
