"""Every request is measured and told in one log line: by its view's name, never by what was typed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog
from django.http import HttpRequest, HttpResponse

from foundation.watch import REQUESTS

log = structlog.get_logger("fanz.request")
QUIET = {"livez", "readyz", "metrics"}


class WatchMiddleware:
    """Binds the request id to all that is logged meanwhile, and says at the end what came of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=getattr(request, "request_id", ""))
        response = self.get_response(request)
        took = time.perf_counter() - began
        view = request.resolver_match.view_name if request.resolver_match else "none"
        REQUESTS.labels(view, _known_method(request.method), str(response.status_code)).observe(took)
        if view not in QUIET:
            actor = getattr(request, "_actor", None)
            log.info(
                "request",
                method=_known_method(request.method),
                view=view,
                status=response.status_code,
                ms=round(took * 1000, 1),
                actor=actor.reference if actor else "anonymous",
                **_ids(request),
            )
        return response


def _known_method(method: str | None) -> str:
    return method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} else "OTHER"


def _ids(request: HttpRequest) -> dict[str, Any]:
    """Our own ids in the address; what others chose (a key, a platform's name for a person) is not among them."""
    found = request.resolver_match.kwargs if request.resolver_match else {}
    return {name: value for name, value in found.items() if isinstance(value, UUID | int)}
