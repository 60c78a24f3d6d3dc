"""Where providers call: stored, answered in their own words, and looked at afterwards."""

from __future__ import annotations

import structlog
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from foundation import clock
from foundation.errors import Invalid, NotFound
from foundation.http.strict_json import TooLarge
from foundation.identity.actors import address_of
from processors.gateways.base import gateways
from processors.gateways.types import Reply, WebhookTrust
from processors.webhooks.guarding import let_in
from processors.webhooks.taking import take_call

MOST_BYTES = 256 * 1024
log = structlog.get_logger("fanz.webhooks")


@csrf_exempt
def call(request: HttpRequest, provider: str) -> HttpResponse:
    gateway = gateways.get(provider)
    if gateway is None or gateway.capabilities.webhook_trust is WebhookTrust.NONE:
        raise NotFound("webhooks.no_provider", "No provider of ours calls here.")
    address = address_of(request)
    body, at = _body(request), clock.now()
    let_in(request, provider, address, body, at)
    try:
        take_call(
            provider=provider,
            body=body,
            headers=request.headers,
            query=request.GET.dict(),
            address=address,
            at=at,
        )
    except DatabaseError:
        log.exception("webhooks.not_stored", provider=provider)
        return _answer(gateway.reply(is_taken=False))
    return _answer(gateway.reply(is_taken=True))


def _body(request: HttpRequest) -> bytes:
    announced = request.headers.get("Content-Length") or "0"
    if announced.isdigit() and int(announced) > MOST_BYTES:
        raise TooLarge()
    try:
        body: bytes = request.read(MOST_BYTES + 1)
    except UnreadablePostError:
        raise Invalid("webhooks.broken_off", "The call broke off.") from None
    if len(body) > MOST_BYTES:
        raise TooLarge()
    return body


def _answer(reply: Reply) -> HttpResponse:
    return HttpResponse(reply.body, status=reply.status, content_type=reply.content_type)
