"""One place where a refusal becomes an answer: a problem document for programs, a page for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from psycopg import OperationalError as DriverError
from rest_framework import exceptions as rest

from foundation.errors import NO_ROOM, Forbidden, Invalid, NotFound, Refusal, Unauthenticated, Unavailable
from foundation.http.counters import REFUSALS
from foundation.http.serializers import errors_of
from foundation.http.shell import Frame
from foundation.http.strict_json import TooLarge, UnsupportedMedia

TOKEN_PATH = "/api/v1/oauth/token"  # noqa: S105
PROBLEM_JSON = "application/problem+json"
OUTAGES = (OperationalError, InterfaceError, DriverError)
RETRY_AFTER_OUTAGE, RETRY_AFTER_NO_ROOM = 2, 30


class MethodNotAllowed(Refusal):
    status, title, default_code = 405, "This address does not take that method", "request.method_not_allowed"


class NotAcceptable(Refusal):
    status, title, default_code = 406, "Answers are JSON only", "request.not_acceptable"


class Failure(Refusal):
    """A bug of ours: nothing about it leaves the house but the request's id."""

    status, title, default_code = 500, "Something went wrong on our side", "server.failure"


def as_refusal(error: BaseException) -> Refusal | None:
    """The refusal that an exception of Django, the REST framework or the database stands for; None for a bug."""
    match error:
        case Refusal():
            return error
        case rest.ValidationError(detail=detail):
            return Invalid(errors=errors_of(detail))
        case rest.ParseError():
            return Invalid("request.malformed", "The request could not be read.")
        case rest.NotAuthenticated() | rest.AuthenticationFailed():
            return Unauthenticated()
        case rest.PermissionDenied() | PermissionDenied():
            return Forbidden()
        case rest.NotFound() | Http404():
            return NotFound()
        case rest.MethodNotAllowed():
            return MethodNotAllowed()
        case rest.NotAcceptable():
            return NotAcceptable()
        case rest.UnsupportedMediaType():
            return UnsupportedMedia()
        case RequestDataTooBig():
            return TooLarge()
        case SuspiciousOperation() | BadRequest():
            return Invalid("request.malformed", "The request could not be read.")
        case _ if isinstance(error, OUTAGES):
            return Unavailable(retry_after=RETRY_AFTER_OUTAGE)
        case OSError(errno=number) if number in NO_ROOM:
            return Unavailable("storage.no_room", "There is no room left to store it.", retry_after=RETRY_AFTER_NO_ROOM)
    return None


def problem(refusal: Refusal, *, instance: str, request_id: str) -> dict[str, Any]:
    """RFC 9457, with the code, the facts, and whether trying again makes sense."""
    refusal_facts = dict(refusal.facts)
    detail = refusal.detail
    if isinstance(refusal, Unauthenticated):
        refusal_facts["token_url"] = f"{settings.PUBLIC_URL}{TOKEN_PATH}"
        if refusal.code == Unauthenticated.default_code:
            detail = f"Ask for a token at POST {TOKEN_PATH} and send it as `Authorization: Bearer`."
    document: dict[str, Any] = {
        "type": f"{settings.PUBLIC_URL}/api/docs/problems#{refusal.default_code}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": detail,
        "instance": instance,
        "code": refusal.code,
        "request_id": request_id,
        "retryable": bool(refusal.facts.get("retryable", refusal.retryable)),
        "errors": refusal.errors if isinstance(refusal, Invalid) else [],
    }
    members: Mapping[str, Any] = getattr(refusal, "members", {})
    facts = {name: value for name, value in refusal_facts.items() if name != "retryable"}
    return document | dict(members) | ({"facts": facts} if facts else {})


def wants_problem(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def refuse(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The answer that a refusal becomes; counted, and to be called when no transaction is open any more."""
    request_id = getattr(request, "request_id", "")
    actor = getattr(request, "_actor", None)
    REFUSALS.labels(refusal.code, refusal.status, str(actor.kind) if actor else "anonymous").inc()
    if wants_problem(request):
        body = json.dumps(problem(refusal, instance=request.path, request_id=request_id), default=str)
        response = HttpResponse(body, status=refusal.status, content_type=PROBLEM_JSON)
    else:
        response = HttpResponse(_page(request, refusal), status=refusal.status)
    response.refusal_code = refusal.code  # type: ignore[attr-defined]
    for name, value in headers_of(refusal).items():
        response.headers[name] = value
    return response


def _page(request: HttpRequest, refusal: Refusal) -> str:
    if refusal.status >= 500:  # the usual frame may ask the database who is looking
        return render_to_string(f"{refusal.status}.html", {"refusal": refusal, "shell": Frame(request)})
    return render_to_string("refused.html", {"refusal": refusal}, request)


def headers_of(refusal: Refusal) -> dict[str, str]:
    headers = dict(getattr(refusal, "headers", {}))
    if "allowed" in refusal.facts:
        headers["Allow"] = ", ".join(refusal.facts["allowed"])
    if "retry_after" in refusal.facts:
        headers["Retry-After"] = str(refusal.facts["retry_after"])
    if isinstance(refusal, Unauthenticated):
        headers.setdefault("WWW-Authenticate", 'Bearer realm="FanzMoneyDash"')
    return headers
