"""The people of the demo: one login per role, and creators and fans on every platform."""

from __future__ import annotations

import random
from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP

from foundation import clock
from foundation.actors import system
from foundation.identity.models import Membership, Platform, User
from foundation.identity.roles import PORTAL_ROLES, Role
from foundation.identity.services import MemberIn, grant_role, upsert_members

DEMO = system("demo")
PASSWORD = "fanz-demo-only-2026"  # noqa: S105 - shown on purpose; production refuses to start with demo accounts
TOTP_SECRET = "FANZDEMOFANZDEMOFANZDEMOFANZDEMO"  # noqa: S105
NAMES = {
    Role.EXECUTIVE: "Eva", Role.FINANCE: "Fred", Role.APPROVER: "Petra", Role.MODERATOR: "Ines",
    Role.FRAUD_DETECTOR: "Dora", Role.FRAUD_RESPONDER: "Rolf", Role.APPEALS_REVIEWER: "Anna",
    Role.COMPLIANCE: "Carl", Role.LEGAL: "Lena", Role.SUPPORT: "Susi", Role.AUDITOR: "Udo", Role.ADMIN: "Adam",
    Role.CREATOR: "Maya", Role.FAN: "Sam", Role.DEVELOPER: "Devin",
}  # fmt: skip
FIRST = ("Ada", "Ben", "Cleo", "Dina", "Emil", "Faye", "Gus", "Hana", "Ivo", "June", "Kai", "Lou", "Mika", "Noor")
LAST = ("Berg", "Costa", "Diaz", "Ernst", "Fox", "Gray", "Holm", "Iyer", "Jansen", "Klein", "Lund", "Moss", "Nagy")
LOGINS_LIVE_ON = "boyfanz"  # where the creator and the fan who can sign in are known, under their own names
# Of the creators of a platform in their order: how many days ago they came.
CREATORS_JOINED, FANS_JOINED = ((4, 610), (8, 130), (9, 24), (10, 9)), 95
PER_PLATFORM = {Role.CREATOR: 10, Role.FAN: 40}
COUNTRIES = ("US", "GB", "CA", "DE", "FR", "NO", "ES", "IT", "SE", "AU")


def email_of(role: str) -> str:
    return f"{NAMES[Role(role)].lower()}.{role}@fanzmoney.example"


def own_names(role: Role) -> list[str]:
    """What every platform calls those whom the demo made; all others came by themselves."""
    return [f"{role[0]}{number:05d}" for number in range(1, PER_PLATFORM[role] + 1)]


def seed_people() -> None:
    """Everyone the demo needs; running it again changes nothing."""
    Platform.objects.filter(is_sandbox=False).update(is_sandbox=True)
    for place in Platform.objects.all():
        for role in PER_PLATFORM:
            _seed_members(place, role)
    for role in Role:
        _seed_login(role)


def _seed_members(place: Platform, role: Role) -> None:
    chance = random.Random(f"{place.slug}:{role}")  # noqa: S311 - the same people at every start
    told: dict[int, list[MemberIn]] = {}
    for number, external_id in enumerate(own_names(role), 1):
        first, last = chance.choice(FIRST), chance.choice(LAST)
        if number == 1 and place.slug == LOGINS_LIVE_ON:
            first = NAMES[role]
        handle = f"{first}{last}{number}".lower()
        days = _joined_days_ago(number) if role == Role.CREATOR else FANS_JOINED
        told.setdefault(days, []).append(
            MemberIn(
                external_id,
                handle=handle,
                personal={
                    "name": f"{first} {last}",
                    "email": f"{handle}@{place.slug}.example",
                    "country": chance.choice(COUNTRIES),
                },
            )
        )
    for days, members in told.items():
        joined_at = clock.now() - timedelta(days=days)
        upsert_members(platform_id=place.pk, role=role, members=members, by=DEMO, at=joined_at)


def _joined_days_ago(number: int) -> int:
    return next((days for upto, days in CREATORS_JOINED if number <= upto), CREATORS_JOINED[-1][1])


def _seed_login(role: Role) -> None:
    email = email_of(role)
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, PASSWORD, name=NAMES[role], is_demo=True)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    if role not in user.role_names:
        grant_role(user_id=user.pk, role=role, by=DEMO, at=clock.now(), reason="demo")
    if role in PORTAL_ROLES and user.party_id is None:
        membership = Membership.objects.filter(role=role, platform__slug=LOGINS_LIVE_ON, party__user=None).earliest(
            "id"
        )
        user.party = membership.party
        user.save(update_fields=["party"])
    if role == Role.DEVELOPER and user.platform_id is None:
        user.platform = Platform.objects.get(slug=LOGINS_LIVE_ON)
        user.save(update_fields=["platform"])
    if role not in PORTAL_ROLES and not Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        TOTP.activate(user, TOTP_SECRET)
