"""The programs of `up` on the servers of this environment, with platforms that may sell and people who may buy."""

from __future__ import annotations

import base64
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings

from fanzmoney.demo.merchants import accounts
from fanzmoney.demo.programs import seed_platform_programs
from fanzmoney.launcher import ports
from fanzmoney.launcher.children import Child, stop_all
from fanzmoney.launcher.programs import Addresses, programs
from fanzmoney.launcher.state import State
from foundation import clock
from foundation.actors import system
from foundation.identity.models import Platform
from foundation.identity.roles import Role
from foundation.identity.services import MemberIn, upsert_members
from processors.payments.models import MerchantAccount

FANS, CREATORS = 100, 10  # on each platform; no fan buys so often that trust would object
PATIENCE_SECONDS = 60
TOKEN_SECONDS = 150  # half of what a token lasts


class Bearers(Mapping[str, str]):
    """A token for each platform; one that grew old is exchanged, as soon as somebody answers."""

    def __init__(self, url: str, secrets: dict[str, tuple[str, str]]) -> None:
        self._url, self._secrets = url, secrets
        self._tokens = {slug: (_bearer(url, *secret), time.monotonic()) for slug, secret in secrets.items()}

    def __getitem__(self, slug: str) -> str:
        token, since = self._tokens[slug]
        if time.monotonic() - since > TOKEN_SECONDS:
            with suppress(OSError):
                token = _bearer(self._url, *self._secrets[slug])
                self._tokens[slug] = token, time.monotonic()
        return token

    def __iter__(self) -> Iterator[str]:
        return iter(self._tokens)

    def __len__(self) -> int:
        return len(self._tokens)


@dataclass(frozen=True)
class RunningHouse:
    """Where it answers, and a bearer for each platform."""

    port: int
    sandbox: str
    bearers: Mapping[str, str]

    def latency(self, provider: str, milliseconds: int) -> None:
        """From now on the provider takes this long to answer."""
        _post(f"{self.sandbox}/_sandbox/latency", json.dumps({"provider": provider, "ms": milliseconds}))


@contextmanager
def running_house() -> Iterator[RunningHouse]:
    """Web, worker, runner and sandbox as `up` starts them, ended afterwards."""
    addresses = Addresses(*(ports.any_free() for _ in range(4)))
    url, here = f"http://localhost:{addresses.port}", addresses.environment()
    environment = {**os.environ, **here, "PUBLIC_URL": url, "FANZ_ENV": "demo"}
    secrets = _people_and_programs(here["SANDBOX_URL"])
    started = programs(settings.BASE_DIR, State(settings.STATE_DIR), environment, addresses, with_demo=False)
    try:
        for program in started:
            program.start()
        for page in (f"{url}/login", f"{here['SANDBOX_URL']}/healthz"):
            _wait_for(page, started)
        yield RunningHouse(addresses.port, here["SANDBOX_URL"], Bearers(url, secrets))
    finally:
        stop_all(started, grace_seconds=5)


def _people_and_programs(sandbox: str) -> dict[str, tuple[str, str]]:
    MerchantAccount.objects.update_or_create(slug="ccbill-main", defaults=accounts(sandbox)["ccbill-main"])
    MerchantAccount.objects.exclude(slug="ccbill-main").update(is_open=False)
    for platform in Platform.objects.all():
        # Not by the names of the demo's people: nobody writes down a past for these while figures are taken.
        for role, count in ((Role.FAN, FANS), (Role.CREATOR, CREATORS)):
            told = [MemberIn(f"bench-{role}{number}", handle=f"{role}{number}") for number in range(count)]
            upsert_members(platform_id=platform.pk, role=role, members=told, by=system("bench"), at=clock.now())
    made = seed_platform_programs(are_secrets_kept=False)
    return {slug: (str(secret.client_id), secret.secret) for slug, secret in made.items()}


def _bearer(url: str, client_id: str, secret: str) -> str:
    proof = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    said = urlencode({"grant_type": "client_credentials"})
    return str(_post(f"{url}/api/v1/oauth/token", said, authorization=f"Basic {proof}")["access_token"])


def _post(url: str, body: str, *, authorization: str = "") -> dict[str, object]:
    kind = "application/x-www-form-urlencoded" if authorization else "application/json"
    headers = {"Content-Type": kind} | ({"Authorization": authorization} if authorization else {})
    with urllib.request.urlopen(urllib.request.Request(url, body.encode(), headers), timeout=10) as reply:  # noqa: S310
        return dict(json.load(reply))


def _wait_for(page: str, started: list[Child]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        for program in started:
            if program.exit_code() is not None:
                raise RuntimeError(f"{program.name} ended: {program.last_lines()[-400:]}")
        try:
            with urllib.request.urlopen(page, timeout=5):  # noqa: S310
                return
        except OSError as problem:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{page} does not answer: {problem}") from problem
        time.sleep(0.1)
