"""Giving somebody a role: the first change that needs two people."""

from __future__ import annotations

from uuid import UUID

from foundation.approvals.types import Application, Description, Effect, Evidence, Payload, Side
from foundation.errors import Conflict, Unprocessable
from foundation.identity.login.second_factor import has_second_factor
from foundation.identity.models import User
from foundation.identity.roles import STAFF_ROLES, Role
from foundation.identity.services import grant_role

KIND = "role.grant"
FIELDS = {"user_id": str, "role": str}


def describe(payload: Payload) -> Description:
    user, role = _user(payload), Role(payload["role"])
    held = sorted(Role(name).label for name in user.role_names)
    return Description(
        title=f"Give the role {role.label}",
        subject=("identity.user", str(user.pk)),
        affected=Side(f"user:{user.pk}", user.party_id),
        effects=(Effect("Roles", "", str(role.label)),),
        evidence=(
            Evidence("Roles held, and kept", ", ".join(held) or "none"),
            Evidence("Account since", f"{user.created_at:%-d %b %Y}"),
            Evidence("Last sign-in", f"{user.last_login:%-d %b %Y}" if user.last_login else "never"),
            Evidence("Second factor", "set up" if has_second_factor(user) else "not set up yet"),
        ),
    )


def recheck(payload: Payload) -> None:
    """Refuse a role that is no staff role or held already, and people who are not or no longer staff material."""
    if payload["role"] not in STAFF_ROLES:
        raise Unprocessable("approvals.no_staff_role", "Only roles of staff are given this way.", role=payload["role"])
    user = _user(payload)
    if not user.is_active:
        raise Conflict("approvals.user_inactive", "This account is closed.")
    if user.platform_id or (user.party is not None and user.party.memberships.exists()):
        raise Conflict("identity.staff_apart", "People of platforms cannot be staff with the same account.")
    if payload["role"] in user.role_names:
        raise Conflict("identity.role_held", "This person holds that role already.", role=payload["role"])


def apply(payload: Payload, under: Application) -> None:
    grant_role(
        user_id=UUID(payload["user_id"]),
        role=payload["role"],
        by=under.by,
        at=under.at,
        approval_id=under.approval_id,
        reason=under.reason,
    )


def _user(payload: Payload) -> User:
    try:
        user_id = UUID(payload["user_id"])
    except ValueError:
        raise Unprocessable("approvals.bad_payload", "user_id has to be a UUID.") from None
    user = User.objects.select_related("party").filter(pk=user_id).first()
    if user is None:
        raise Unprocessable("approvals.no_such_user", "There is no such account.")
    return user
