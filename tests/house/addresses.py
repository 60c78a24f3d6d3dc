"""Addresses to try: every route with values for its parts, and every kind of caller."""

from __future__ import annotations

import re
from uuid import UUID

from django.test import Client

from foundation.http import access
from foundation.http.routes import Route, every_route
from foundation.identity.models import User
from foundation.identity.roles import STAFF_ROLES, Role
from tests.cast import STAFF, bearer, developer, member, portal_user, signed_in, user_called

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
PARTS = {"uuid": UUID(int=0xDEAD), "int": 999_999, "str": "missing", "slug": "missing", "path": "missing"}
NAMED_PARTS = {"app_label": "identity", "url": "nowhere/", "uidb36": "zz", "key": "zz-zz"}


def address(route: Route, **given: object) -> str:
    """One address of this route; ids that are not given belong to nothing."""
    path = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", route.path.replace("^", "").removesuffix("$").removesuffix("\\Z"))
    return re.sub(r"<(?:(\w+):)?(\w+)>", lambda part: str(given.get(part[2]) or _missing(part[1], part[2])), path)


def parts(route: Route) -> list[str]:
    """The names of what differs from one address of this route to another."""
    return re.findall(r"<(?:\w+:)?(\w+)>", route.path)


def _missing(kind: str | None, name: str) -> object:
    return NAMED_PARTS.get(name) or PARTS[kind or "str"]


def addresses() -> list[tuple[Route, str]]:
    return [(route, address(route)) for route in every_route()]


def staff_with(role: str) -> User:
    return user_called(next(name for name, held in STAFF.items() if held == role), role)


def callers() -> list[str]:
    """Every kind of caller, by name; `as_caller` makes one."""
    return [
        "anonymous", *(str(role) for role in Role), "staff without second factor", "staff not stepped up",
        "program of boyfanz", "program of girlfanz", "program without scope",
    ]  # fmt: skip


def as_caller(name: str) -> Client:
    if name == "anonymous":
        return Client(raise_request_exception=False)
    if name.startswith("program"):
        scopes = ("nothing:at-all",) if "without" in name else ()
        slug = "girlfanz" if name.endswith("girlfanz") else "boyfanz"
        return Client(raise_request_exception=False, headers=bearer(slug, *scopes))
    browser = Client(raise_request_exception=False)
    if name == "staff without second factor":
        return signed_in(browser, staff_with(Role.ADMIN), second_factor=False, stepped_up=False)
    if name == "staff not stepped up":
        return signed_in(browser, staff_with(Role.ADMIN), stepped_up=False)
    if name == Role.DEVELOPER:
        return signed_in(browser, developer())
    return signed_in(browser, staff_with(name) if name in STAFF_ROLES else portal_user(member(f"a-{name}", name)))


def roles_of(name: str) -> frozenset[str]:
    if name.startswith("staff"):
        return frozenset({str(Role.ADMIN)})
    return frozenset({name}) if name in Role.values else frozenset()


def cells(caller: str, *, every: bool) -> list[tuple[Route, str, str]]:
    """What this caller tries: in CI each method that has a row, and of the rest, and of the admin's many look-alike
    pages, a share that differs from caller to caller; by command everything."""
    found, turn = [], callers().index(caller)
    for number, (route, url) in enumerate(addresses()):
        declared = access.row_for(route.name) or {}
        for place, method in enumerate(METHODS):
            is_in_turn = (number + place + turn) % len(callers()) == 0
            is_alike = route.name.startswith("admin:") or method not in declared
            if every or is_in_turn or not is_alike:
                found.append((route, url, method))
    return found
