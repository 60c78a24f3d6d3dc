"""Lists that change without news: an open page that shows one is told by a mark that it is another now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from uuid import UUID

from dashboards.live.channels import Channel
from foundation.hooks import selectors as hooks
from foundation.notifications import selectors as notifications
from foundation.requests import selectors as requests

MARKS: dict[str, Callable[[Collection[UUID]], Mapping[UUID, str]]] = {
    Channel.NOTIFICATIONS: notifications.marks_of,
    Channel.REQUESTS: requests.marks_of,
    Channel.WEBHOOKS: hooks.marks_of,
}


def has_mark(place: str) -> bool:
    return place.partition(" ")[0] in MARKS


def marks_at(places: Iterable[str]) -> dict[str, str]:
    """The mark of each of these places, by one statement for each kind of list."""
    asked: defaultdict[str, dict[UUID, str]] = defaultdict(dict)
    for place in places:
        channel, _, whose = place.partition(" ")
        asked[channel][UUID(whose)] = place
    return {its[id]: mark for channel, its in asked.items() for id, mark in MARKS[channel](list(its)).items()}
