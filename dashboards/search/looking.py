"""What one person finds: the pages they may open, and of each room what its page would show them."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from dashboards.rooms import rooms_of
from dashboards.search.places import PLACES
from dashboards.shell import open_url
from foundation.actors import Actor
from foundation.audit.services import record_read
from foundation.http import access
from foundation.identity.actors import actor_of
from foundation.identity.roles import Role
from foundation.identity.tenancy import as_platform
from foundation.search import Asked, Finder, Hit, finders

MOST_PLACES = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what was found."""

    title: str
    sub: str
    url: str
    icon: str


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind."""

    title: str
    lines: list[Line]


def places(request: HttpRequest, words: str) -> list[Line]:
    """Pages whose names begin with these words, those of one's own rooms first."""
    own = {door.view_name for room in rooms_of(actor_of(request).roles) for door in room.doors}
    parts = words.casefold().split()
    found: list[Line] = []
    for place in sorted(PLACES, key=lambda place: place.view_name not in own):
        if len(found) == MOST_PLACES:
            break
        if place.fits(parts) and (url := open_url(place.view_name, request)):
            found.append(Line(place.label, "", url, place.icon))
    return found


def look(request: HttpRequest, words: str) -> list[Group]:
    """Everything that carries these words, by kind. One statement for each kind, and none for what is not theirs."""
    actor = actor_of(request)
    groups = []
    if words:
        for finder in finders.values():
            if may_find(finder, actor) and (hits := _ask(finder, Asked(words, actor))):
                groups.append(Group(finder.title, [_line(finder, hit) for hit in hits]))
    pages = places(request, words)
    return [*groups, Group("Pages", pages)] if pages else groups


def is_written_down(request: HttpRequest) -> bool:
    """Whether this reader's searches are records, because they look for people too."""
    return any(finder.shows_people and may_find(finder, actor_of(request)) for finder in finders.values())


def may_find(finder: Finder, actor: Actor) -> bool:
    who = access.who_may(finder.page, "GET")
    return who is not None and who.admits(actor) and (not finder.roles or actor.has_role(*finder.roles))


def _ask(finder: Finder, asked: Asked) -> list[Hit]:
    with _wall(finder, asked.viewer):
        hits = finder.find(asked)
    if finder.shows_people:
        record_read(
            "search.people", by=asked.viewer, query={}, subjects=len(hits), personal={"words": asked.words}
        )  # fmt: skip
    return hits


def _wall(finder: Finder, actor: Actor) -> AbstractContextManager[Any]:
    """What opens to developers, the database itself shows of their platform alone; what is one's own has no wall."""
    who = access.who_may(finder.page, "GET")
    is_of_a_platform = who is not None and Role.DEVELOPER in who.roles
    return as_platform(actor.platform_id) if actor.platform_id and is_of_a_platform else nullcontext()


def _line(finder: Finder, hit: Hit) -> Line:
    url = reverse(finder.page, args=hit.args)
    return Line(hit.title, hit.sub, f"{url}?{urlencode(hit.query)}" if hit.query else url, finder.icon)
