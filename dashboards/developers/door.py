"""Whose platform a developer's page is about, and the wall behind which it reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from foundation import clock
from foundation.errors import Invalid, NotFound
from foundation.identity.actors import actor_of
from foundation.identity.tenancy import as_platform


def my_platform(request: HttpRequest) -> UUID:
    """The platform this developer works for; NotFound for a login that belongs to none."""
    platform_id = actor_of(request).platform_id
    if platform_id is None:
        raise NotFound("developers.no_platform", "This login belongs to no platform yet.")
    return platform_id


@contextmanager
def wall(request: HttpRequest) -> Iterator[UUID]:
    """Inside, the database shows and takes rows of this developer's platform alone."""
    platform_id = my_platform(request)
    with as_platform(platform_id):
        yield platform_id


def asked(request: HttpRequest, **ids: UUID) -> dict[str, Any]:
    """Who asks, of which platform, and when: what every verb wants to know."""
    return {**ids, "platform_id": my_platform(request), "by": actor_of(request), "at": clock.now()}


def before(request: HttpRequest) -> UUID | None:
    text = request.GET.get("before", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("request.invalid", "That is no page of this list.") from None
