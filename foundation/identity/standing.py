"""Whether those who came a while ago may still be here: asked for all of them at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from foundation.actors import Actor, ActorKind
from foundation.identity.models import ApiClient, RoleGrant, SessionMark
from foundation.identity.roles import STAFF_ROLES
from foundation.identity.sessions import is_over


def people_in(session_ids: Iterable[UUID], *, at: datetime) -> dict[UUID, Actor]:
    """Who stands behind each of these sessions; one that is over, or whose person may not sign in, is left out.

    So is who came on a platform's word alone: nothing is told to them by itself.
    """
    wanted = list(session_ids)
    marks = list(
        SessionMark.objects.filter(pk__in=wanted, user__is_active=True, handed_in_as=None).select_related("user")
    )
    roles: defaultdict[UUID, set[str]] = defaultdict(set)
    held = RoleGrant.objects.filter(user_id__in={mark.user_id for mark in marks}, ended_at=None)
    for user_id, role in held.values_list("user_id", "role"):
        roles[user_id].add(role)
    return {
        mark.pk: Actor(
            ActorKind.USER,
            str(mark.user_id),
            roles=frozenset(roles[mark.user_id]),
            party_id=mark.user.party_id,
            platform_id=mark.user.platform_id,
            is_second_factor_passed=mark.second_factor_at is not None,
        )
        for mark in marks
        if not is_over(mark, is_staff=not roles[mark.user_id].isdisjoint(STAFF_ROLES), at=at)
    }


def programs_in(client_ids: Iterable[UUID], *, at: datetime) -> dict[UUID, Actor]:
    """Which of these programs still exist, each with all it may be allowed."""
    lives = (Q(active_until=None) | Q(active_until__gt=at)) & (
        Q(platform__active_until=None) | Q(platform__active_until__gt=at)
    )
    clients = ApiClient.objects.filter(lives, pk__in=list(client_ids))
    return {
        client.pk: Actor(
            ActorKind.CLIENT, str(client.pk), platform_id=client.platform_id, scopes=frozenset(client.scopes)
        )
        for client in clients
    }
