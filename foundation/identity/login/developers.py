"""The people who write a platform's programs: a login that belongs to that platform and to no other."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from foundation.actors import Actor
from foundation.errors import NotFound
from foundation.identity.login.services import create_staff_user
from foundation.identity.models import Platform, User
from foundation.identity.roles import Role
from foundation.identity.services import grant_role


def create_developer(*, platform: str, email: str, name: str, by: Actor, at: datetime) -> User:
    """A developer of this platform, who chooses a password by a mailed link. Refuses an address somebody has."""
    with transaction.atomic():
        home = Platform.objects.filter(slug=platform).first()
        if home is None:
            raise NotFound("identity.platform_not_found", "There is no such platform.", platform=platform)
        user = create_staff_user(email=email, name=name, by=by, at=at)
        user.platform = home
        user.save(update_fields=["platform"])
        grant_role(user_id=user.pk, role=Role.DEVELOPER, by=by, at=at, reason=f"develops for {platform}")
    return user
