"""A token opens the socket once, within half a minute: signed like a program's token, spent in Redis."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import jwt
import redis
from django.conf import settings

from foundation import clock
from foundation.actors import Actor, ActorKind
from foundation.errors import Unavailable
from foundation.identity.models import SessionMark
from foundation.identity.tokens import ALGORITHM, InvalidToken, issuer, key_ring
from foundation.ids import uuid7

TYPE, LASTS, LONGEST = "live+jwt", timedelta(seconds=30), 2048
CLAIMS = ("iss", "aud", "sub", "via", "scope", "jti", "iat", "exp")


@dataclass(frozen=True, slots=True)
class Pass:
    """Who may come in: a person through a session of theirs, or a program with some of its scopes."""

    kind: ActorKind
    id: UUID
    via: UUID
    scopes: frozenset[str]

    def narrowed(self, actor: Actor) -> Actor:
        """The program with no more than the token was given."""
        return replace(actor, scopes=actor.scopes & self.scopes)


def audience() -> str:
    return f"{settings.PUBLIC_URL}/ws/live/"


def issue_live_token(actor: Actor, mark: SessionMark | None) -> str:
    """A token for this caller, as good as the session or the program behind it."""
    ring, now = key_ring(), int(clock.now().timestamp())
    claims = {
        "iss": issuer(), "aud": audience(), "sub": actor.reference, "via": str(mark.pk if mark else actor.id),
        "scope": " ".join(sorted(actor.scopes)), "jti": str(uuid7()),
        "iat": now, "exp": now + int(LASTS.total_seconds()),
    }  # fmt: skip
    return jwt.encode(claims, ring.private, algorithm=ALGORITHM, headers={"kid": ring.kid, "typ": TYPE})


def spend_live_token(token: str) -> Pass:
    """Whose token this is. InvalidToken when anything about it is wrong, old or used; Unavailable without Redis."""
    try:
        if len(token) > LONGEST:
            raise jwt.InvalidTokenError("too long")
        header = jwt.get_unverified_header(token)
        if header.get("typ") != TYPE:
            raise jwt.InvalidTokenError("another kind of token")
        claims = jwt.decode(
            token, key_ring().public[header["kid"]], algorithms=[ALGORITHM], audience=audience(), issuer=issuer(),
            options={"require": list(CLAIMS), "verify_exp": False, "verify_iat": False},
        )  # fmt: skip
        if not claims["iat"] - 1 <= clock.now().timestamp() < claims["exp"]:
            raise jwt.ExpiredSignatureError("not valid at this time")
        kind, _, id = claims["sub"].partition(":")
        found = Pass(ActorKind(kind), UUID(id), UUID(claims["via"]), frozenset(claims["scope"].split()))
    except (jwt.InvalidTokenError, KeyError, ValueError, TypeError, AttributeError):
        raise InvalidToken() from None
    _spend(str(UUID(claims["jti"])))
    return found


def _spend(number: str) -> None:
    try:
        is_first = _client().set(f"live:spent:{number}", 1, nx=True, ex=int(LASTS.total_seconds()) * 2)
    except redis.RedisError:
        raise Unavailable("live.unavailable", "Live updates cannot be begun just now.") from None
    if not is_first:
        raise InvalidToken()


@functools.cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=None)
