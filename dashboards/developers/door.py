"""Whose platform a developer's page is about, and the wall behind which it reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from foundation import clock
from foundation.errors import Invalid, NotFound
from foundation.http.rates import Rate, spend
from foundation.http.tables import turn_by_turn
from foundation.identity.actors import actor_of
from foundation.identity.tenancy import as_platform

FILES, FILE_PAGE, MOST = Rate("developers.files", 4, 60), 1_000, 100_000
R = TypeVar("R", bound=Model)


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


def for_a_file(request: HttpRequest, rows: QuerySet[R]) -> Iterator[R]:
    """The newest hundred thousand of these rows, read behind the wall page by page; TooMany for file after file."""
    platform_id = my_platform(request)
    spend(FILES, actor_of(request).id)
    pages = turn_by_turn(_pages(rows), lambda: as_platform(platform_id))
    return (row for page in pages for row in page)


def _pages(rows: QuerySet[R]) -> Iterator[list[R]]:
    last = None
    for _ in range(MOST // FILE_PAGE):
        page = list((rows.filter(pk__lt=last) if last else rows)[:FILE_PAGE])
        yield page
        if len(page) < FILE_PAGE:
            return
        last = page[-1].pk
