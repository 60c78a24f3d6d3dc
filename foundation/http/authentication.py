"""Who is at an API door: a program by its token, a person by their session."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import PermissionDenied

from foundation.actors import Actor, ActorKind
from foundation.errors import Forbidden
from foundation.http.middleware import check
from foundation.identity.actors import actor_of, request_id_of, source_of
from foundation.identity.tokens import Grant, InvalidToken, read_token


class ClientToken(BaseAuthentication):
    """`Authorization: Bearer …`. A header that is not exactly that refuses; it never falls back to a cookie."""

    def authenticate(self, request: Any) -> tuple[AnonymousUser, Grant] | None:
        header = request.headers.get("Authorization")
        if header is None:
            return None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise InvalidToken()
        grant = read_token(token.strip())
        request._request._actor = Actor(
            ActorKind.CLIENT,
            str(grant.client_id),
            platform_id=grant.platform_id,
            scopes=grant.scopes,
            request_id=request_id_of(request),
            source=source_of(request),
        )
        return AnonymousUser(), grant

    def authenticate_header(self, request: Any) -> str:
        return 'Bearer realm="FanzMoneyDash"'


class StaffSession(SessionAuthentication):
    """A person's session, with the forgery check that every cookie needs."""

    def enforce_csrf(self, request: Any) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied:
            raise Forbidden("auth.csrf", "The request did not carry this session's forgery token.") from None


class AccessTable:
    """The one permission: what `access.py` says of this address and method."""

    def has_permission(self, request: Any, view: Any) -> bool:
        check(request._request, actor_of(request))
        return True

    def has_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        return True
