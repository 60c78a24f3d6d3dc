"""Roles begin and end; a change of role ends the person's sessions so that no old right lives on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.errors import Conflict, NotFound
from foundation.events import publish
from foundation.identity.events import RoleEnded, RoleGranted
from foundation.identity.models import RoleGrant, User
from foundation.identity.sessions import end_sessions


def grant_role(
    *, user_id: UUID, role: str, by: Actor, at: datetime, approval_id: UUID | None = None, reason: str = ""
) -> RoleGrant:
    """Give a role. Refuses one already held (`identity.role_held`). Who may call it is decided by an approval above."""
    with transaction.atomic():
        user = _locked(user_id)
        if user.role_grants.filter(role=role, ended_at=None).exists():
            raise Conflict("identity.role_held", "This person holds that role already.", role=role)
        grant = RoleGrant.objects.create(
            user=user, role=role, granted_at=at, granted_by=by.reference, approval_id=approval_id
        )
        end_sessions(user_id=user.pk, by=by, at=at, reason="role changed")
        record("user.role_granted", by=by, subject=user, role=role, approval_id=approval_id, reason=reason)
        publish(RoleGranted(user.pk, role, approval_id), key=user)
    return grant


def end_role(*, user_id: UUID, role: str, by: Actor, at: datetime, reason: str) -> RoleGrant:
    """Take a role away at once; one person may do that, because it only takes rights away."""
    with transaction.atomic():
        user = _locked(user_id)
        grant = user.role_grants.select_for_update().filter(role=role, ended_at=None).first()
        if grant is None:
            raise Conflict("identity.role_not_held", "This person does not hold that role.", role=role)
        grant.ended_at, grant.ended_by = at, by.reference
        grant.save(update_fields=["ended_at", "ended_by"])
        end_sessions(user_id=user.pk, by=by, at=at, reason="role changed")
        record("user.role_ended", by=by, subject=user, role=role, reason=reason)
        publish(RoleEnded(user.pk, role), key=user)
    return grant


def _locked(user_id: UUID) -> User:
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFound("identity.user_not_found")
    return user
