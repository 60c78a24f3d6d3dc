"""The Idempotency-Key header: a repeat gets the first reply, byte by byte, and is told so."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpResponse
from django.utils.http import http_date
from rest_framework.response import Response

from foundation.actors import Actor
from foundation.errors import Invalid
from foundation.http.parsers import PlainJSONRenderer
from foundation.idempotency.services import (
    RETRY_IN_FLIGHT_SECONDS,
    Earlier,
    InFlight,
    Reply,
    keep_reply,
    request_hash,
)
from foundation.identity.keys import keyed_hash

HEADER = "Idempotency-Key"
PATTERN = "^[!-~]([ -~]{0,253}[!-~])?$"
KEPT_HEADERS = ("Location", "ETag", "Link")


def key_of(request: Any, *, is_required: bool) -> str:
    """The caller's name for this request, or nothing; Invalid when it is needed and missing, or misspelled."""
    key: str = request.headers.get(HEADER, "")
    if HEADER not in request.headers and is_required:
        raise Invalid("idempotency.key_missing", "Send an Idempotency-Key header: a name of your own for this request.")
    if HEADER in request.headers and (len(key) > 255 or not re.fullmatch(PATTERN, key)):
        raise Invalid("idempotency.key_invalid", "The Idempotency-Key is 1 to 255 printable ASCII characters.")
    return key


def asked_of(request: Any) -> bytes:
    """Keyed, because bodies hold numbers short enough to be found by trying."""
    return keyed_hash("request", request_hash(request.method, request.get_full_path(), request.data).hex())


def keep(response: Response, *, by: Actor, key: str, asked: bytes) -> HttpResponse:
    """Render the reply now, so that it is stored with the effect, and answer with the stored bytes."""
    body = PlainJSONRenderer().render(response.data) if response.data is not None else b""
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    reply = Reply(response.status_code, body, headers)
    keep_reply(by=by, key=key, asked=asked, reply=reply, resource=getattr(response, "resource", None))
    return answer_with(reply)


def replay(earlier: Earlier) -> HttpResponse:
    """The first reply again; InFlight when it is not known yet."""
    if earlier.reply is None:
        raise InFlight(retry_after=RETRY_IN_FLIGHT_SECONDS)
    return answer_as(earlier.reply, earlier)


def answer_as(reply: Reply, earlier: Earlier | None) -> HttpResponse:
    """This reply; when it is the first one again, it says so. A resource as it stands is told as any other."""
    response = answer_with(reply)
    if earlier is not None and earlier.reply is not None:
        response.headers["Idempotency-Replayed"] = "true"
        response.headers["Idempotency-Original-Date"] = http_date(earlier.at.timestamp())
    return response


def answer_with(reply: Reply) -> HttpResponse:
    return HttpResponse(reply.body, status=reply.status, headers=reply.headers, content_type="application/json")
