"""A developer's requests, by the id that every answer carries."""

from __future__ import annotations

from foundation.requests.selectors import RequestQuery, list_lines
from foundation.search import Asked, Finder, Hit, finders


def find_requests(asked: Asked) -> list[Hit]:
    if asked.viewer.platform_id is None:
        return []
    rows = list_lines(asked.viewer.platform_id, RequestQuery(request_id=asked.words))
    return [Hit(f"{row.method} {row.path}", f"answered {row.status}", (row.pk,)) for row in rows[: asked.most]]


finders.add("requests", Finder("Requests", "code", "developers:request", find_requests))
