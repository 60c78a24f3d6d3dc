"""Turn whoever stands at a door into an Actor."""

from __future__ import annotations

from typing import Any

from foundation.actors import ANONYMOUS, Actor, ActorKind


def source_of(request: Any) -> dict[str, str]:
    return {
        "ip": request.META.get("REMOTE_ADDR", ""),
        "agent": request.META.get("HTTP_USER_AGENT", "")[:300],
    }


def actor_of(request: Any) -> Actor:
    """The caller of this request; computed once and kept on the request."""
    request = getattr(request, "_request", request)
    actor: Actor | None = getattr(request, "_actor", None)
    if actor is None:
        actor = _person(request) if request.user.is_authenticated else ANONYMOUS.within(request_id_of(request))
        request._actor = actor
    return actor


def request_id_of(request: Any) -> str:
    return getattr(request, "request_id", "")


def _person(request: Any) -> Actor:
    user, mark = request.user, getattr(request, "session_mark", None)
    return Actor(
        ActorKind.USER,
        str(user.pk),
        roles=user.role_names,
        party_id=user.party_id,
        is_second_factor_passed=bool(mark and mark.second_factor_at),
        stepped_up_at=mark.stepped_up_at if mark else None,
        request_id=request_id_of(request),
        source=source_of(request),
    )
