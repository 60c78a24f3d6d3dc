"""Role homes: one page that shows each reader what there is for them, and nothing that is not."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dashboards.homes import creators, parts
from dashboards.homes.page import Home
from dashboards.rooms import ROOMS
from dashboards.shell import PersonFrame
from foundation.http.access import Who, people
from foundation.identity.roles import STAFF_ROLES

Part = Callable[[HttpRequest, Home], None]
STAFF_PARTS: tuple[Part, ...] = (
    parts.approvals, parts.payments, parts.payouts, parts.switches, parts.provider_news, parts.tax, parts.audit,
    parts.letters, parts.backups, parts.people, parts.find_people, parts.jobs,
)  # fmt: skip
PORTAL_PARTS: tuple[Part, ...] = (creators.payouts, parts.memberships)


def residents(home_view: str) -> Who:
    """The roles whose rooms have this home."""
    return people(*(role for room in ROOMS if room.home == home_view for role in room.roles))


def home(request: HttpRequest) -> HttpResponse:
    view_name = request.resolver_match.view_name if request.resolver_match else ""
    room = next(room for room in ROOMS if room.home == view_name)
    page = Home()
    for part in PORTAL_PARTS if STAFF_ROLES.isdisjoint(room.roles) else STAFF_PARTS:
        part(request, page)
    first_name = " ".join(PersonFrame(request).name.split()[:1])
    return render(request, "home/home.html", {"room": room, "page": page, "first_name": first_name})
