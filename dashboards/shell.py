"""The frame around every page, for the person who looks at it."""

from __future__ import annotations

import functools
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from compliance.escalations.selectors import count_open
from dashboards.live.channels import places_for
from dashboards.live.listeners import seq_of
from dashboards.rooms import Door, Room, rooms_of
from foundation import clock
from foundation.actors import Actor
from foundation.approvals.selectors import count_waiting_for
from foundation.http import access
from foundation.http.shell import Frame
from foundation.identity.actors import actor_of, mark_of
from foundation.identity.roles import PROVEN_TWICE, Role
from foundation.identity.sessions import is_on_word_alone
from foundation.notifications.selectors import count_unread

ACCOUNT = (
    Door("Profile", "account:profile", "person"),
    Door("Security", "account:security", "shield"),
    Door("Sessions", "account:sessions", "device"),
    Door("Notifications", "account:notifications", "bell"),
    Door("Appearance", "account:appearance", "contrast"),
)


# How much waits behind a link of the rail.
COUNTERS: dict[str, Callable[[Actor], int]] = {
    "ops:approvals": count_waiting_for,
    "compliance:escalations": lambda _: sum(count_open().values()),
}


@dataclass(frozen=True, slots=True)
class RailLink:
    label: str
    url: str
    icon: str
    current: bool
    count: int = 0


def waits_behind(view_name: str, request: HttpRequest) -> int:
    """How much waits there for the reader of this page; counted once for the page and its rail."""
    counted: dict[str, int] = request.__dict__.setdefault("_waits", {})
    if view_name not in counted:
        counted[view_name] = COUNTERS[view_name](actor_of(request))
    return counted[view_name]


def open_url(view_name: str, request: HttpRequest) -> str:
    """The address of a page this person may open, or nothing."""
    url = _url(view_name, settings.ROOT_URLCONF)
    who = access.who_may(view_name, "GET")
    return url if who is not None and who.admits(actor_of(request)) else ""


@functools.cache
def _url(view_name: str, urls: str) -> str:
    try:
        return reverse(view_name, urls)
    except NoReverseMatch:
        return ""


class PersonFrame(Frame):
    """What the frame shows of the reader; every answer is found only when a template asks."""

    @property
    def is_known(self) -> bool:
        user = getattr(self.request, "user", None)
        return user is not None and user.is_authenticated

    @cached_property
    def _is_on_word_alone(self) -> bool:
        return self.is_known and is_on_word_alone(actor_of(self.request))

    @cached_property
    def name(self) -> str:
        if self._is_on_word_alone:
            there = mark_of(self.request).handed_in_as
            return (there.handle or there.external_id) if there else ""
        return str(self.request.user) if self.is_known else ""

    @property
    def email(self) -> str:
        shown = self.is_known and not self._is_on_word_alone
        return self.request.user.email if shown else ""  # type: ignore[union-attr]

    @property
    def initials(self) -> str:
        words = self.name.replace("@", " ").split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:]))

    @cached_property
    def roles(self) -> frozenset[str]:
        return actor_of(self.request).roles if self.is_known else frozenset()

    @property
    def role(self) -> str:
        return ", ".join(Role(role).label for role in sorted(self.roles)) or "No role yet"

    @cached_property
    def rooms(self) -> list[Room]:
        return rooms_of(self.roles)

    @property
    def room(self) -> str:
        return self.rooms[0].title if self.rooms else ""

    @property
    def home(self) -> str:
        return (self.rooms and open_url(self.rooms[0].home, self.request)) or "/"

    @cached_property
    def rail(self) -> list[RailLink]:
        return self._links(self.rooms[0].doors if self.rooms else ())

    @property
    def other_rooms(self) -> list[RailLink]:
        homes = [Door(room.title, room.home, "home") for room in self.rooms[1:]]
        return self._links(homes)

    @cached_property
    def account_links(self) -> list[RailLink]:
        return self._links(ACCOUNT)

    def _links(self, doors: tuple[Door, ...] | list[Door]) -> list[RailLink]:
        match = self.request.resolver_match
        here = match.view_name if match else ""
        found = [(door, open_url(door.view_name, self.request)) for door in doors]
        return [
            RailLink(door.label, url, door.icon, door.view_name == here, self._count(door.view_name))
            for door, url in found
            if url
        ]

    def _count(self, view_name: str) -> int:
        return waits_behind(view_name, self.request) if view_name in COUNTERS else 0

    @property
    def notifications_url(self) -> str:
        return open_url("account:notifications", self.request) if self.is_known else ""

    @property
    def search_url(self) -> str:
        return open_url("search:page", self.request) if self.is_known else ""

    @cached_property
    def unread(self) -> int:
        shown = self.is_known and not self._is_on_word_alone
        return count_unread(UUID(actor_of(self.request).id)) if shown else 0

    @cached_property
    def live_channels(self) -> str:
        """What this page listens to, if its reader may hear anything."""
        if not (settings.LIVE_PAGES and self.is_known):
            return ""
        actor = actor_of(self.request)
        if actor.handed_in_by:
            return ""
        is_inside = actor.is_second_factor_passed or PROVEN_TWICE.isdisjoint(actor.roles)
        return " ".join(sorted(places_for(actor))) if is_inside else ""

    @property
    def live_since(self) -> int:
        """Nothing that came true later can stand on this page: what was told since is asked for."""
        return seq_of(datetime.now(UTC))

    @property
    def logout_url(self) -> str:
        return reverse("account_logout")

    @property
    def status_url(self) -> str:  # type: ignore[override]
        return reverse("status:page")

    @property
    def zone(self) -> str:
        return timezone.get_current_timezone_name()

    @cached_property
    def now(self) -> datetime:
        return clock.now()


def shell(request: HttpRequest) -> dict[str, Any]:
    return {"shell": PersonFrame(request)}


def zone_of(user: Any) -> zoneinfo.ZoneInfo:
    """The zone a person chose, UTC until they do."""
    chosen = user.preferences.get("zone", "UTC") if user.is_authenticated else "UTC"
    return zoneinfo.ZoneInfo(chosen if chosen in known_zones() else "UTC")


@functools.cache
def known_zones() -> frozenset[str]:
    """Names of zones; the machine's folder of them is read once, which takes milliseconds."""
    return frozenset(zoneinfo.available_timezones())


class ZoneMiddleware:
    """Pages speak in the reader's time zone; programs always hear UTC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/"):
            return self.get_response(request)
        with timezone.override(zone_of(request.user)):
            return self.get_response(request)
