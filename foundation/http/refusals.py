"""The end of a request that was refused: written down for a known caller, then answered."""

from __future__ import annotations

import logging
import sys
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.messages import get_messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from foundation.audit.services import record_refusal
from foundation.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from foundation.http.access import READ
from foundation.http.problems import OUTAGES, Failure, as_refusal, refuse
from foundation.identity.actors import actor_of

log = logging.getLogger(__name__)
COUNTED_ONLY = frozenset({429})
WITH_WORDS = "page.refused"
"""The code of a refusal that a page told in its own words, beside what was typed."""


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer a refusal; the transaction it came out of is already rolled back."""
    match = request.resolver_match
    if match is not None and refusal.status < 500 and refusal.status not in COUNTED_ONLY:
        try:
            _write_down(request, refusal, match.view_name, match.kwargs)
        except OUTAGES:
            log.exception("a refusal could not be written down")
    return refuse(request, refusal)


def told_by_page(request: HttpRequest, response: HttpResponse) -> None:
    """A page that caught a refusal and shows it with its form, or sends people back with a word, is written down."""
    match, told = request.resolver_match, getattr(get_messages(request), "_queued_messages", ())
    if match is None or request.method in READ or getattr(request, "is_refusal_noted", False):
        return
    if response.status_code == Conflict.status or any(word.level == messages.ERROR for word in told):
        try:
            _write_down(request, Conflict(WITH_WORDS), match.view_name, match.kwargs, status=response.status_code)
        except OUTAGES:
            log.exception("a refusal could not be written down")


def _write_down(
    request: HttpRequest, refusal: Refusal, view_name: str, kwargs: dict[str, Any], *, status: int = 0
) -> None:
    actor = actor_of(request)
    if not actor.is_known:
        return
    request.is_refusal_noted = True  # type: ignore[attr-defined]
    ids = [str(value) for value in kwargs.values() if isinstance(value, UUID | int)]
    with transaction.atomic():
        record_refusal(
            "request.refused", by=actor, code=refusal.code, subject=(view_name[:60], ids[0]) if ids else None,
            view=view_name, method=request.method, status=status or refusal.status,
        )  # fmt: skip


def handle(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """The REST framework's exception handler; a bug goes on to be logged and answered as a failure."""
    refusal = as_refusal(error)
    return refused(context["request"]._request, refusal) if refusal else None


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, as_refusal(exception) or Invalid("request.malformed", "The request could not be read."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, Forbidden())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, NotFound())


def failed(request: HttpRequest) -> HttpResponse:
    """What could not be handled: the database's absence is said, anything else is a bug and says nothing."""
    error = sys.exc_info()[1]
    return refuse(request, (as_refusal(error) if error else None) or Failure())


def forgery(request: HttpRequest, reason: str = "") -> HttpResponse:
    return refused(request, Forbidden("auth.csrf", "The page was open too long or came from elsewhere. Load it again."))
