"""Where a program buys its token (RFC 6749, client credentials) and anyone finds the keys to check one."""

from __future__ import annotations

import base64
from typing import Any

from django.http import HttpRequest, JsonResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation import clock
from foundation.errors import Invalid, Refusal, Unauthenticated
from foundation.http.api import ApiView, operation
from foundation.http.fields import Identifier, OneOf, WholeNumber
from foundation.http.parsers import StrictFormParser, StrictJSONParser
from foundation.http.problems import as_refusal
from foundation.http.rates import Rate
from foundation.http.serializers import StrictSerializer
from foundation.identity.scopes import Scope
from foundation.identity.services import authenticate_client
from foundation.identity.tokens import LASTS, issue_token, public_keys

SCOPES = "|".join(Scope.values)


class InvalidClient(Unauthenticated):
    """Unknown, revoked, or the wrong secret: a stranger cannot tell which."""

    title, default_code = "The client or its secret is not right", "auth.invalid_client"
    headers = {"WWW-Authenticate": 'Basic realm="FanzMoneyDash", charset="UTF-8"'}
    members = {"error": "invalid_client"}


class InvalidScope(Invalid):
    title, default_code = "The client does not hold that scope", "auth.invalid_scope"
    members = {"error": "invalid_scope"}


class TokenIn(StrictSerializer):
    grant_type = OneOf(["client_credentials"])
    client_id = Identifier(max_length=64, required=False, help_text="Unless sent by HTTP Basic.")
    client_secret = Identifier(max_length=128, required=False, help_text="Unless sent by HTTP Basic.")
    scope = serializers.RegexField(
        rf"^({SCOPES})( ({SCOPES}))*\Z", required=False, max_length=400, trim_whitespace=False,
        help_text="Some of the client's scopes, separated by spaces; all of them when left out.",
    )  # fmt: skip


class TokenOut(serializers.Serializer):
    access_token = serializers.CharField()
    token_type = serializers.ChoiceField(["Bearer"])
    expires_in = WholeNumber(least=1, most=300)
    scope = serializers.CharField()


class TokenView(ApiView):
    """Five minutes of access for a client that proves its secret, as a form or as JSON."""

    authentication_classes = ()
    parser_classes = (StrictFormParser, StrictJSONParser)
    rate = Rate("token", 120, 60)

    def handle_exception(self, exc: Exception) -> Response:
        refusal = as_refusal(exc)
        if refusal is None:
            return super().handle_exception(exc)
        _in_oauth_words(refusal)
        return super().handle_exception(refusal)

    @operation("Get a token", takes=TokenIn, gives=TokenOut)
    def post(self, request: Request) -> Response:
        body = TokenIn.read(request)
        name, secret = _credentials(request, body)
        client = authenticate_client(client_id=name, secret=secret, at=clock.now())
        if client is None:
            raise InvalidClient()
        wanted = frozenset(body.scope.split()) if body.scope else frozenset(client.scopes)
        if not wanted <= set(client.scopes):
            raise InvalidScope(scope=" ".join(sorted(wanted - set(client.scopes))))
        token = issue_token(client_id=client.pk, platform_id=client.platform_id, scopes=wanted)
        return Response(
            {
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": int(LASTS.total_seconds()),
                "scope": " ".join(sorted(wanted)),
            }
        )


def _in_oauth_words(refusal: Refusal) -> None:
    """OAuth libraries look for `error`; the problem document carries it beside our own words."""
    if isinstance(refusal, Invalid) and not hasattr(refusal, "members"):
        is_other_grant = any((e["field"], e["code"]) == ("grant_type", "invalid_choice") for e in refusal.errors)
        refusal.members = {"error": "unsupported_grant_type" if is_other_grant else "invalid_request"}  # type: ignore[attr-defined]


def _credentials(request: Request, body: Any) -> tuple[str, str]:
    header = request.headers.get("Authorization", "")
    if not header:
        if not (body.client_id and body.client_secret):
            raise InvalidClient()
        return body.client_id, body.client_secret
    if body.client_id or body.client_secret:
        raise Invalid("auth.invalid_request", "Send the client's credentials once: by HTTP Basic or in the body.")
    scheme, _, encoded = header.partition(" ")
    try:
        name, _, secret = base64.b64decode(encoded.strip(), validate=True).decode("ascii").partition(":")
    except ValueError:
        raise InvalidClient() from None
    if scheme.lower() != "basic":
        raise InvalidClient()
    return name, secret


def key_set(request: HttpRequest) -> JsonResponse:
    """The JSON Web Key Set; a new key stands here before it signs."""
    return JsonResponse(public_keys(), headers={"Cache-Control": "public, max-age=300"})
