"""Who asks: every role of the demo with a session that was proved, programs of two platforms, and a stranger."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.test import Client

from fanzmoney.demo.people import email_of
from foundation import clock
from foundation.actors import system
from foundation.identity.models import ApiClient, SessionMark, User
from foundation.identity.roles import Role
from foundation.identity.scopes import Scope
from foundation.identity.services import create_client
from foundation.identity.session_store import digest
from foundation.identity.tokens import issue_token

FORGERY_TOKEN = "a" * 32
STRANGER, PROGRAMS, BARE = "anonymous", ("boyfanz", "girlfanz"), "program without scope"


def callers() -> list[str]:
    return [*(f"program of {slug}" for slug in PROGRAMS), *map(str, Role), BARE, STRANGER]


def who(caller: str) -> dict[str, Any]:
    """What the fuzzer has to send to be this caller; a secret that opens, or a colleague."""
    nobody: dict[str, Any] = {"headers": {}, "client": ["", ""], "colleague": {}}
    if caller == STRANGER or caller.startswith("program"):
        slug = caller.removeprefix("program of ") if caller not in (BARE, STRANGER) else PROGRAMS[0]
        name, at = f"fuzzer {clock.now():%H%M%S%f}", clock.now()
        made = create_client(platform=slug, name=name, scopes=Scope.values, by=system("trials"), at=at)
        scopes = frozenset(Scope.values if caller != BARE else ())
        client = ApiClient.objects.get(pk=made.client_id)
        token = issue_token(client_id=client.pk, platform_id=client.platform_id, scopes=scopes)
        headers = {} if caller == STRANGER else {"Authorization": f"Bearer {token}"}
        return nobody | {"headers": headers, "client": [str(made.client_id), made.secret]}
    colleague = Role.ADMIN if caller == Role.EXECUTIVE else Role.EXECUTIVE
    return nobody | {"headers": _session(caller), "colleague": _session(colleague)}


def _session(role: str) -> dict[str, str]:
    key = proved_session(Client(), User.objects.get(email=email_of(role)))
    cookies = {settings.SESSION_COOKIE_NAME: key, settings.CSRF_COOKIE_NAME: FORGERY_TOKEN}
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), "X-CSRFToken": FORGERY_TOKEN}


def proved_session(browser: Client, user: User) -> str:
    """Sign this person in with everything proved; returns the session's key."""
    browser.force_login(user)
    key, now = browser.session.session_key or "", clock.now()
    SessionMark.objects.filter(session_key=digest(key)).update(second_factor_at=now, stepped_up_at=now)
    return key
