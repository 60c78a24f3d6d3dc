"""Questions about what programs asked. Doors ask behind the wall of the platform."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from foundation import prepared
from foundation.errors import NotFound
from foundation.requests.models import RequestLine

MARKED = 100
_MARKS = """
SELECT asked.id, (SELECT coalesce(md5(string_agg(id::text, ' ' ORDER BY id)), '') FROM (
    SELECT id FROM request_line WHERE platform_id = asked.id ORDER BY id DESC LIMIT %s
) AS newest) FROM unnest(%s::uuid[]) AS asked (id)
"""
_ABOUT = re.compile(r"/api/v1/(payments|refunds|subscriptions)/([0-9a-f-]{36})\b")


@dataclass(frozen=True, slots=True)
class RequestQuery:
    """What to look for; what is empty stays open. `status` is a number, or `refused` for 400 and above."""

    status: str = ""
    client_id: UUID | None = None
    request_id: str = ""


def list_lines(platform_id: UUID, query: RequestQuery) -> QuerySet[RequestLine]:
    """A platform's requests that fit, the newest first."""
    rows = RequestLine.objects.filter(platform_id=platform_id).order_by("-id")
    if query.status == "refused":
        rows = rows.filter(status__gte=400)
    elif query.status:
        rows = rows.filter(status=int(query.status))
        rows = rows.filter(status__gte=400) if int(query.status) >= 400 else rows  # names the index of these
    wanted = {"client_id": query.client_id, "request_id": query.request_id}
    return rows.filter(**{name: value for name, value in wanted.items() if value})


def get_line(number: int, *, platform_id: UUID) -> RequestLine:
    """One request; NotFound for another platform's."""
    found = RequestLine.objects.filter(pk=number, platform_id=platform_id).first()
    if found is None:
        raise NotFound("requests.not_found", "There is no such request, or it is older than thirty days.")
    return found


def marks_of(platform_ids: Collection[UUID]) -> dict[UUID, str]:
    """A mark of the newest lines of each of these platforms: another one as soon as there are more."""
    return dict(prepared.run(_MARKS, [MARKED, list(platform_ids)]))


def what_about(line: RequestLine) -> tuple[str, UUID] | None:
    """The payment, refund or subscription this request made or was about."""
    found = _ABOUT.search(line.made) or _ABOUT.search(line.path)
    return (found[1].removesuffix("s"), UUID(found[2])) if found else None
