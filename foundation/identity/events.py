"""News about people and platforms: ids and codes only, never personal data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation.events import Event


@dataclass(frozen=True)
class MemberJoined(Event, type="account.joined"):
    told_when = "a platform told us of a creator or fan for the first time"

    membership_id: UUID
    party_id: UUID
    platform_id: UUID
    role: str


@dataclass(frozen=True)
class MemberChanged(Event, type="account.changed"):
    told_when = "a platform changed what it told us about a creator or fan"

    membership_id: UUID
    party_id: UUID
    platform_id: UUID
    is_active: bool


@dataclass(frozen=True)
class MemberInvited(Event, type="account.invited"):
    told_when = "a creator or fan was invited to their portal"

    invitation_id: UUID
    membership_id: UUID
    expires_at: datetime


@dataclass(frozen=True)
class PartiesMerged(Event, type="account.merged"):
    told_when = "a person joined two of their memberships under one party"

    kept_party_id: UUID
    alias_party_id: UUID


@dataclass(frozen=True)
class KycChecked(Event, type="account.kyc_checked"):
    told_when = "a check of who somebody is came to a result"

    party_id: UUID
    state: str
    expires_at: datetime | None


@dataclass(frozen=True)
class RoleGranted(Event, type="user.role_granted"):
    told_when = "somebody was given a role"

    user_id: UUID
    role: str
    approval_id: UUID | None


@dataclass(frozen=True)
class RoleEnded(Event, type="user.role_ended"):
    told_when = "somebody lost a role"

    user_id: UUID
    role: str


@dataclass(frozen=True)
class PlatformAdded(Event, type="account.platform_added"):
    told_when = "a platform joined the group"

    platform_id: UUID
    slug: str
    is_sandbox: bool


@dataclass(frozen=True)
class UserLocked(Event, type="user.locked"):
    told_when = (
        "too many wrong passwords or codes closed a sign-in, or the proofs of whoever was handed in, for a while"
    )

    user_id: UUID
    what: str
    until: datetime


@dataclass(frozen=True)
class SessionsEnded(Event, type="user.session_ended"):
    told_when = "sessions of a person ended: by sign-out, revocation, age, or a change of password or role"

    user_id: UUID
    session_ids: list[UUID]
    reason: str
    ended_at: datetime


@dataclass(frozen=True)
class PasswordChanged(Event, type="user.password_changed"):
    told_when = "a person changed or reset their password"

    user_id: UUID
    how: str


@dataclass(frozen=True)
class SecondFactorChanged(Event, type="user.second_factor_changed"):
    told_when = "a second factor was set up, replaced, removed, blocked or reset, or a recovery code was spent or made"

    user_id: UUID
    change: str


@dataclass(frozen=True)
class ApiClientChanged(Event, type="account.api_client_changed"):
    told_when = "a platform's program was created or revoked, or got a new secret"

    client_id: UUID
    platform_id: UUID
    change: str


@dataclass(frozen=True)
class PasswordLinkWanted(Event, type="user.password_link_wanted"):
    told_when = "somebody asked for a link to choose a new password, or a new colleague needs their first"

    user_id: UUID
    mail: str
