"""Pages on which somebody asks a second person for a change."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

from django.http import HttpRequest

from foundation import clock
from foundation.approvals.services import request_approval
from foundation.errors import Refusal
from foundation.identity.actors import actor_of


class Wish(Protocol):
    """A form that says a whole change, and why."""

    cleaned_data: dict[str, Any]

    def is_valid(self) -> bool: ...
    def payload(self) -> dict[str, Any]: ...
    def add_error(self, field: str | None, error: Any) -> None: ...


def asked(request: HttpRequest, form: Wish, kind: str) -> UUID | None:
    """The number of the request that was made of this form; none while it is not sent, or where it says why not."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return request_approval(
            kind=kind, payload=form.payload(), reason=form.cleaned_data["reason"], by=actor_of(request),
            at=clock.now(),
        ).pk  # fmt: skip
    except Refusal as refusal:
        form.add_error(None, refusal.detail)
        return None
