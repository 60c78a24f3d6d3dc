"""Every request of a platform's program leaves a line, without what was in it."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from foundation.actors import ActorKind
from foundation.requests.writing import Line, note

LETTERS_OF_A_KEY = 8


class RequestLogMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        response = self.get_response(request)
        actor = getattr(request, "_actor", None)
        if actor is not None and actor.kind is ActorKind.CLIENT and actor.platform_id is not None:
            note(
                Line(
                    actor.platform_id, actor.id, began, (request.method or "")[:7], request.path, response.status_code,
                    getattr(response, "refusal_code", ""), actor.request_id,
                    round((time.monotonic() - began) * 1000),
                    request.headers.get("Idempotency-Key", "")[:LETTERS_OF_A_KEY],
                    response.headers.get("Location", ""),
                )
            )  # fmt: skip
        return response
