"""Every request of a platform's program leaves a line, without what was in it."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from foundation.actors import ActorKind
from foundation.errors import TooMany
from foundation.http.rates import Rate, spend_here
from foundation.requests.writing import Line, note

LETTERS_OF_A_KEY, LETTERS_OF_A_PATH = 8, 1_000
TOLD_TO_WAIT = Rate("requests.told_to_wait", 60, 60)


class RequestLogMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        response = self.get_response(request)
        actor = getattr(request, "_actor", None)
        if actor is not None and actor.kind is ActorKind.CLIENT and actor.platform_id is not None:
            if response.status_code == TooMany.status and not _is_worth_a_line(actor.id):
                return response
            note(
                Line(
                    actor.platform_id, actor.id, began, (request.method or "")[:7],
                    request.path[:LETTERS_OF_A_PATH], response.status_code,
                    getattr(response, "refusal_code", ""), actor.request_id,
                    round((time.monotonic() - began) * 1000),
                    request.headers.get("Idempotency-Key", "")[:LETTERS_OF_A_KEY],
                    response.headers.get("Location", ""),
                )
            )  # fmt: skip
        return response


def _is_worth_a_line(program: str) -> bool:
    """A program that does not heed its limit fills no log: its first refusals of each minute tell enough."""
    try:
        spend_here(TOLD_TO_WAIT, program)
    except TooMany:
        return False
    return True
