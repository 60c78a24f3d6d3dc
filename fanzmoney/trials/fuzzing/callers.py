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


class LastingTokens:
    """Before the house: a token lasts five minutes and a fuzzer longer, so its word is exchanged for a fresh one."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.programs: dict[bytes, tuple[ApiClient, frozenset[str]]] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = [
            (name, self._fresh(value) if name == b"authorization" else value) for name, value in scope["headers"]
        ]
        await self.application({**scope, "headers": headers}, receive, send)

    def word_for(self, client: ApiClient, scopes: frozenset[str]) -> str:
        word = f"Bearer lasting.{client.pk.hex}"
        self.programs[word.encode()] = client, scopes
        return word

    def _fresh(self, value: bytes) -> bytes:
        if value not in self.programs:
            return value
        client, scopes = self.programs[value]
        return f"Bearer {issue_token(client_id=client.pk, platform_id=client.platform_id, scopes=scopes)}".encode()


def who(caller: str, tokens: LastingTokens) -> dict[str, Any]:
    """What the fuzzer has to send to be this caller, and a secret that opens, if it is a program."""
    if caller == STRANGER:
        return {"headers": {}, "client": ["", ""]}
    if caller.startswith("program"):
        slug = caller.removeprefix("program of ") if caller != BARE else PROGRAMS[0]
        name, at = f"fuzzer {clock.now():%H%M%S%f}", clock.now()
        made = create_client(platform=slug, name=name, scopes=Scope.values, by=system("trials"), at=at)
        scopes = frozenset(Scope.values if caller != BARE else ())
        word = tokens.word_for(ApiClient.objects.get(pk=made.client_id), scopes)
        return {"headers": {"Authorization": word}, "client": [str(made.client_id), made.secret]}
    return {"headers": _session(User.objects.get(email=email_of(caller))), "client": ["", ""]}


def _session(user: User) -> dict[str, str]:
    key = proved_session(Client(), user)
    cookies = {settings.SESSION_COOKIE_NAME: key, settings.CSRF_COOKIE_NAME: FORGERY_TOKEN}
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), "X-CSRFToken": FORGERY_TOKEN}


def proved_session(browser: Client, user: User) -> str:
    """Sign this person in with everything proved; returns the session's key."""
    browser.force_login(user)
    key, now = browser.session.session_key or "", clock.now()
    SessionMark.objects.filter(session_key=digest(key)).update(second_factor_at=now, stepped_up_at=now)
    return key
