"""OpenAPI from what the views declare: every operation names its body, its answer and all its refusals."""

from __future__ import annotations

import functools
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from foundation.http.access import Who, who_may
from foundation.http.api import Operation
from foundation.http.fields import WholeNumber
from foundation.http.idempotent import HEADER, PATTERN
from foundation.http.problems import PROBLEM_JSON
from foundation.http.routes import every_route
from foundation.http.serializers import StrictSerializer
from foundation.identity.scopes import Scope

NOBODY = Who()
ALWAYS = (400, 401, 403, 404, 406, 429, 500, 503)
WITH_BODY = (413, 415, 422)


class ProblemError(serializers.Serializer):
    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer):
    """A refusal (RFC 9457). `code` is stable, `retryable` says whether the same request may succeed later."""

    type = serializers.URLField(help_text="Where this kind of refusal is explained.")
    title = serializers.CharField()
    status = WholeNumber(least=400, most=599)
    detail = serializers.CharField()
    instance = serializers.CharField(help_text="The path that was asked.")
    code = serializers.CharField()
    request_id = serializers.CharField()
    retryable = serializers.BooleanField()
    errors = ProblemError(  # type: ignore[assignment]
        many=True, help_text="Field by field, when the body or query is not valid."
    )
    facts = serializers.DictField(required=False, help_text="What a person needs to act.")
    error = serializers.CharField(required=False, help_text="The RFC 6749 code, at the token address only.")
    error_description = serializers.CharField(required=False)


@functools.cache
def _page_of(out: type[serializers.BaseSerializer[Any]]) -> serializers.Serializer[Any]:
    fields = {"data": out(many=True), "next": serializers.URLField(allow_null=True)}
    return inline_serializer(f"{out.__name__.removesuffix('Out')}Page", fields)


def _header(name: str, text: str, codes: list[int], kind: Any = str) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.HEADER, description=text, response=codes)


class DoorSchema(AutoSchema):
    """Reads `@operation`; views of others (schema, docs) are left out."""

    @property
    def declared(self) -> Operation:
        return getattr(self.view, self.method.lower()).operation

    def is_excluded(self) -> bool:
        return not hasattr(getattr(self.view, self.method.lower(), None), "operation")

    def get_summary(self) -> str:
        return self.declared.summary

    @property
    def audience(self) -> Who:
        name = next(route.name for route in every_route() if getattr(route.view, "cls", None) is type(self.view))
        return who_may(name, self.method) or NOBODY

    def get_description(self) -> str:  # type: ignore[override]
        return f"Open to: {self.audience}."

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Any one of the scopes is enough for a program; a person needs one of the roles."""
        who, known = self.audience, {name for way in super().get_auth() for name in way}
        ways: list[dict[str, list[str]]] = [{"client": [scope]} for scope in sorted(who.scopes)]
        if who.is_any_client:
            ways.append({"client": []})
        if who.roles or who.is_any_person:
            ways.append({"session": []})
        return [way for way in ways if known.issuperset(way)]

    def get_operation_id(self) -> str:
        words = [word.strip("{}").removesuffix("_id") for word in self.path.split("/")[3:] if word]
        return "_".join([*words, self.method.lower()]).replace("-", "_")

    def get_tags(self) -> list[str]:
        return [self.path.split("/")[3]]

    def get_request_serializer(self) -> Any:
        kinds = self.declared.takes_kinds
        return dict.fromkeys(kinds, OpenApiTypes.BINARY) if kinds else self.declared.takes

    def get_response_serializers(self) -> Any:
        gives: Any = self.declared.gives
        if gives and self.declared.is_paged:
            gives = _page_of(gives)
        done: Any = dict.fromkeys(self._done(), gives)
        if self.declared.gives_kinds:
            done = {(code, kind): OpenApiTypes.BINARY for code in self._done() for kind in self.declared.gives_kinds}
        return done | {(code, PROBLEM_JSON): Problem for code in self._refusals()}

    def _done(self) -> list[int]:
        return [self.declared.status, *self.declared.other_statuses]

    def _refusals(self) -> list[int]:
        codes = list(ALWAYS)
        if self.method not in ("GET", "HEAD"):
            codes += [409]
        if self.declared.takes or self.declared.takes_kinds:
            codes += WITH_BODY
        elif self.declared.idempotency or self.declared.query.may_not_fit:
            codes += [422]
        if self.declared.is_edit:
            codes += [412, 428]
        return sorted(codes)

    def get_override_parameters(self) -> list[Any]:
        done, codes = self._done(), [*self._done(), *self._refusals()]
        found: list[Any] = [
            _header("X-Request-Id", "The request's name in our records; yours, if you sent one.", codes),
            _header("RateLimit-Policy", "The limit: q requests in w seconds.", done),
            _header("RateLimit", "What is left: r requests, t seconds to the next window.", done),
            _header("Retry-After", "Seconds to wait.", [429, 503], int),
        ]
        if self.declared.query().fields:
            found.append(self.declared.query)
        if self.declared.is_paged:
            found.append(_header("Link", 'The next page, `rel="next"`.', done))
        if self.declared.idempotency:
            found += [
                OpenApiParameter(
                    HEADER,
                    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": PATTERN},
                    OpenApiParameter.HEADER,
                    required=self.declared.idempotency == "required",
                    description="Your name for this request: the same again gets the first reply, for ever.",
                ),
                _header("Idempotency-Replayed", "`true` when this is the first reply again.", done),
                _header("Idempotency-Original-Date", "When the first reply was given.", done),
            ]
        if self.declared.is_edit:
            found += [
                OpenApiParameter(
                    "If-Match", {"type": "string", "pattern": '^"[0-9]{1,9}"$'}, OpenApiParameter.HEADER, required=True,
                    description="The ETag you last read.",
                ),
                _header("ETag", "The version to send as If-Match.", done),
            ]  # fmt: skip
        return found

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)
        if direction == "request" and isinstance(serializer, StrictSerializer):
            schema["additionalProperties"] = False
        return schema


class OneOfSchema(OpenApiSerializerExtension):
    target_class = "foundation.http.serializers.OneOfSerializers"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        found = [auto_schema.resolve_serializer(one(), direction).ref for one in self.target.alternatives]
        return {"oneOf": found}


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "foundation.http.authentication.ClientToken"
    name = "client"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "oauth2",
            "flows": {
                "clientCredentials": {"tokenUrl": "/api/v1/oauth/token", "scopes": dict(Scope.choices)},
            },
        }


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "foundation.http.authentication.StaffSession"
    name = "session"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
