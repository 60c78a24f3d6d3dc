"""Turn whoever stands at a door into an Actor."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings

from foundation.actors import ANONYMOUS, Actor, ActorKind
from foundation.errors import NotFound, Unauthenticated
from foundation.identity.models import SessionMark, User
from foundation.logs import mask_cards


def address_of(request: Any) -> str:
    """Where the caller stands: the connection's end, or what the nearest trusted proxies say if there are any."""
    direct: str = request.META.get("REMOTE_ADDR", "")
    hops = settings.TRUSTED_PROXIES
    if not hops:
        return direct
    told = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    return told[-hops] if len(told) >= hops else direct


def source_of(request: Any) -> dict[str, str]:
    return {"ip": address_of(request)[:45], "agent": mask_cards(request.META.get("HTTP_USER_AGENT", ""))[:300]}


def actor_of(request: Any) -> Actor:
    """The caller of this request; computed once and kept on the request."""
    request = getattr(request, "_request", request)
    actor: Actor | None = getattr(request, "_actor", None)
    if actor is None:
        actor = person(request.user, request) if request.user.is_authenticated else stranger(request)
        request._actor = actor
    return actor


def user_of(request: Any) -> User:
    """The person who is signed in here; Unauthenticated for a stranger."""
    if not request.user.is_authenticated:
        raise Unauthenticated()
    user: User = request.user
    return user


def party_of(actor: Actor) -> UUID:
    """Whose money and papers this person may see: their own; NotFound for a login that is nobody's on a platform."""
    if actor.party_id is None:
        raise NotFound()
    return actor.party_id


def mark_of(request: Any) -> SessionMark:
    """The live session of this request; Unauthenticated for a stranger."""
    mark: SessionMark | None = getattr(request, "session_mark", None)
    if mark is None:
        raise Unauthenticated()
    return mark


def forget_actor(request: Any) -> None:
    """The caller proved, won or lost something within this request."""
    request._actor = None


def request_id_of(request: Any) -> str:
    return getattr(request, "request_id", "")


def stranger(request: Any) -> Actor:
    return ANONYMOUS.within(request_id_of(request))


def person(user: User, request: Any) -> Actor:
    """This user at this door, also while they are only on their way in."""
    mark: SessionMark | None = getattr(request, "session_mark", None)
    handed_in_as = mark.handed_in_as if mark else None
    return Actor(
        ActorKind.USER,
        str(user.pk),
        roles=user.role_names & {handed_in_as.role} if handed_in_as else user.role_names,
        party_id=user.party_id,
        platform_id=None if handed_in_as else user.platform_id,
        is_second_factor_passed=bool(mark and mark.second_factor_at),
        stepped_up_at=mark.stepped_up_at if mark else None,
        handed_in_by=handed_in_as.platform_id if handed_in_as else None,
        request_id=request_id_of(request),
        source=source_of(request),
    )
