"""`bench enumeration` (XT3): whether a door tells, by its words or by its time, who is known behind it."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Mapping
from functools import cache
from uuid import uuid4

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import get_hashers, get_hashers_by_algorithm
from django.http import HttpResponseBase
from django.test import Client

from fanzmoney.trials.fuzzing.callers import PROGRAMS, who
from foundation import clock
from foundation.actors import system
from foundation.benches import Goal, Measure, bench
from foundation.hooks.services import create_endpoint
from foundation.identity.login import guards
from foundation.identity.models import LoginGuard, Platform, User
from foundation.identity.roles import Role
from foundation.identity.services import MemberIn, invite_member, upsert_members
from foundation.identity.services.invitations import LINK_LASTS, link_token
from processors.gateways.base import gateways
from processors.gateways.types import WebhookTrust

SAMPLES = 80
PASSWORD = f"{uuid4().hex}"
REAL_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
CHANGING = re.compile(
    rb'(content|data-now|value)="[^"]*"|<footer class="foot-line">.*?</footer>'
    rb"|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f-]{17}",
    re.DOTALL,
)
enumeration = bench("enumeration")
Ask = Callable[[str], HttpResponseBase]


def _log_in(email: str) -> HttpResponseBase:
    return Client().post("/login", {"login": email, "password": "not-this-one"})


def _reset(email: str) -> HttpResponseBase:
    return Client().post("/account/password/reset", {"email": email})


def _open_link(token: str) -> HttpResponseBase:
    return Client().get(f"/invite/{token}")


def _invite(external_id: str) -> HttpResponseBase:
    return _program().post(f"/api/v1/creators/{external_id}/invitation", content_type="application/json")


def _read_endpoint(endpoint_id: str) -> HttpResponseBase:
    return _program().get(f"/api/v1/webhooks/endpoints/{endpoint_id}")


def _call_in(provider: str) -> HttpResponseBase:
    return Client().post(f"/webhooks/{provider}/", b"{}", content_type="application/json")


@cache
def _program() -> Client:
    """A program of the first platform, which asks about things of the second."""
    return Client(headers=who(f"program of {PROGRAMS[0]}")["headers"])


def _address() -> str:
    return f"{uuid4().hex[:12]}@fanzmoney.example"


def _difference(ask: Ask, known: list[str], unknown: Callable[[], str] = _address) -> tuple[float, int]:
    """Milliseconds between the medians of known and unknown, and how many answers differed in status or words."""
    took: dict[bool, list[float]] = {True: [], False: []}
    words: set[tuple[int, bytes]] = set()
    for number in range(SAMPLES):
        for is_known in (True, False) if number % 2 else (False, True):
            name = known[number % len(known)] if is_known else unknown()
            LoginGuard.objects.all().delete()
            began = time.perf_counter()
            answer = ask(name)
            took[is_known].append((time.perf_counter() - began) * 1000)
            words.add((answer.status_code, CHANGING.sub(b"", answer.content).replace(name.encode(), b"")))  # type: ignore[attr-defined]
    middle = {is_known: statistics.median(taken[10:]) for is_known, taken in took.items()}
    return abs(middle[True] - middle[False]), len(words) - 1


def measure() -> Mapping[str, float]:
    """With the hasher of production, in turns, so that what else the machine does falls on both alike."""
    settings.PASSWORD_HASHERS = REAL_HASHERS
    get_hashers.cache_clear()  # type: ignore[attr-defined]
    get_hashers_by_algorithm.cache_clear()  # type: ignore[attr-defined]
    known = [f"known-{uuid4().hex[:6]}@fanzmoney.example" for _ in range(10)]
    for email in known:
        user = User.objects.create_user(email, PASSWORD, name="Known")
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    found: dict[str, float] = {}
    for name, ask in (("login", _log_in), ("reset", _reset)):
        found[name], found[f"{name}.words"] = _difference(ask, known)
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, (10**9, 60))
    for name, asked, there, elsewhere in _of_others():
        found[name], found[f"{name}.words"] = _difference(asked, there, elsewhere)
    guards.forget(guards.EVERYBODY, "")
    return found


def _of_others() -> list[tuple[str, Ask, list[str], Callable[[], str]]]:
    """Links that ran out, members and endpoints of another platform, and a provider that never calls."""
    at, by, place = clock.now(), system("bench"), Platform.objects.get(slug=PROGRAMS[1])
    told = [MemberIn(uuid4().hex, handle=f"known{n}", personal={"email": _address()}) for n in range(10)]
    made = upsert_members(platform_id=place.pk, role=Role.CREATOR, members=told, by=by, at=at)
    sent = [invite_member(membership_id=one.id, by=by, at=at - 2 * LINK_LASTS) for one in made]
    hook = create_endpoint(
        platform_id=place.pk, url="https://known.example/hook", topics=["txn.capture"], by=by, at=at
    ).endpoint
    silent = [name for name, one in gateways.items() if one.capabilities.webhook_trust is WebhookTrust.NONE]
    return [
        ("link", _open_link, [link_token(one.pk) for one in sent], lambda: link_token(uuid4())),
        ("member", _invite, [one.external_id for one in told], lambda: uuid4().hex),
        ("endpoint", _read_endpoint, [str(hook.pk)], lambda: str(uuid4())),
        ("provider", _call_in, silent, lambda: uuid4().hex[:8]),
    ]


enumeration.add(
    "known",
    Measure(
        measure,
        [
            Goal("login", "Signing in, known against unknown address, difference of medians", "ms", 10),
            Goal("login.words", "Answers that differ", "answers", 0, "exactly"),
            Goal("reset", "Asking for a link, known against unknown address, difference of medians", "ms", 10),
            Goal("reset.words", "Answers that differ", "answers", 0, "exactly"),
            *(
                goal
                for name, what in (
                    ("link", "Opening a link that ran out, against one that never was"),
                    ("member", "Inviting a member of another platform, against nobody"),
                    ("endpoint", "Reading an endpoint of another platform, against none"),
                    ("provider", "Calling in as a provider that never calls, against none"),
                )
                for goal in (
                    Goal(name, f"{what}, difference of medians", "ms", 10),
                    Goal(f"{name}.words", "Answers that differ", "answers", 0, "exactly"),
                )
            ),
        ],
        runs=1,
    ),
)
