"""The named people of every story: Maya creates, Sam pays, Ines reviews, Petra approves, Otto may see nothing."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch
from uuid import UUID

from foundation import clock
from foundation.actors import Actor, ActorKind, system
from foundation.identity.models import ApiClient, Membership, Platform, SessionMark, User
from foundation.identity.roles import STAFF_ROLES, Role
from foundation.identity.scopes import Scope
from foundation.identity.services import FreshSecret, MemberIn, create_client, grant_role, upsert_members
from foundation.identity.session_store import digest
from foundation.identity.tokens import issue_token
from foundation.seal.services import seal_source

HOUSE = system("tests")
PASSWORD = "correct-horse-battery-staple"
STAFF = {
    "ines": Role.MODERATOR, "petra": Role.APPROVER, "fred": Role.FINANCE, "eva": Role.EXECUTIVE,
    "carl": Role.COMPLIANCE,
    "dora": Role.FRAUD_DETECTOR, "rolf": Role.FRAUD_RESPONDER, "anna": Role.APPEALS_REVIEWER, "lena": Role.LEGAL,
    "susi": Role.SUPPORT, "udo": Role.AUDITOR, "adam": Role.ADMIN,
}  # fmt: skip
assert {str(role) for role in STAFF.values()} == STAFF_ROLES


def platform(slug: str = "boyfanz") -> Platform:
    return Platform.objects.get(slug=slug)


def user_called(name: str, *roles: str) -> User:
    """A person who can sign in, with these roles in force."""
    email = f"{name}@fanzmoney.example"
    user = User.objects.filter(email=email).first() or User.objects.create_user(email, PASSWORD, name=name.title())
    user.emailaddress_set.get_or_create(email=email, defaults={"verified": True, "primary": True})
    for role in set(map(str, roles)) - user.role_names:
        grant_role(user_id=user.pk, role=role, by=HOUSE, at=clock.now())
    user.__dict__.pop("_role_names", None)
    return user


def staff(name: str) -> User:
    return user_called(name, STAFF[name])


def developer(name: str = "dev", slug: str = "boyfanz") -> User:
    """Somebody who develops for this platform."""
    user = user_called(name)
    user.platform = platform(slug)
    user.save(update_fields=["platform"])
    return user_called(name, Role.DEVELOPER)


def actor(user: User, *, stepped_up: bool = True) -> Actor:
    """This person, signed in with a second factor."""
    return Actor(
        ActorKind.USER,
        str(user.pk),
        roles=user.role_names,
        party_id=user.party_id,
        is_second_factor_passed=True,
        stepped_up_at=clock.now() if stepped_up else None,
        request_id="story-0001",
    )


def member(external_id: str, role: str = Role.CREATOR, slug: str = "boyfanz", **personal: str) -> Membership:
    """A creator or fan as their platform would tell us of them."""
    there = platform(slug)
    told = MemberIn(external_id, handle=external_id, personal={"email": f"{external_id}@people.example", **personal})  # type: ignore[typeddict-item]
    (row,) = upsert_members(platform_id=there.pk, role=role, members=[told], by=HOUSE, at=clock.now())
    return Membership.objects.get(pk=row.id)


def portal_user(membership: Membership) -> User:
    """This member inside their portal."""
    user = user_called(f"portal-{membership.external_id}")
    user.party = membership.party
    user.save(update_fields=["party"])
    return user_called(f"portal-{membership.external_id}", membership.role)


def signed_in(client, user: User, *, second_factor: bool = True, stepped_up: bool = True):  # type: ignore[no-untyped-def]
    """A Django test client with this person's live session."""
    client.force_login(user)
    now = clock.now()
    SessionMark.objects.filter(session_key=digest(client.session.session_key)).update(
        began_at=now - timedelta(minutes=10),
        second_factor_at=now if second_factor else None,
        stepped_up_at=now if stepped_up else None,
    )
    return client


def program(slug: str = "boyfanz", *scopes: str, name: str = "billing") -> FreshSecret:
    """A platform's program and its secret; with every scope unless told."""
    return create_client(platform=slug, name=name, scopes=scopes or Scope.values, by=HOUSE, at=clock.now())


def bearer(slug: str = "boyfanz", *scopes: str) -> dict[str, str]:
    """Headers of a request by a program of this platform."""
    there = platform(slug)
    client = ApiClient.objects.filter(platform=there, name="billing").first()
    client_id = client.pk if client else program(slug).client_id
    token = issue_token(client_id=client_id, platform_id=there.pk, scopes=frozenset(scopes or Scope.values))
    return {"Authorization": f"Bearer {token}"}


def missing_id() -> UUID:
    return UUID(int=0xDEAD)


# The oldest transaction of this database alone. Unlike a snapshot's, read in two steps: good enough for one writer.
OLDEST_HERE = """
SELECT coalesce(min(l.transactionid::text::bigint), pg_snapshot_xmax(pg_current_snapshot())::text::bigint)::text
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'transactionid' AND l.granted AND a.datname = current_database()
"""


def sealed(source: str = "audit") -> None:
    """All that was written is sealed now; open transactions of other tests on the same cluster are not waited for."""
    with patch("foundation.seal.services.OLDEST_RUNNING", OLDEST_HERE):
        seal_source(source)
