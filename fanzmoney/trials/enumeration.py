"""`bench enumeration` (XT3): whether a door tells, by its words or by its time, who is known behind it."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Mapping
from uuid import uuid4

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import get_hashers, get_hashers_by_algorithm
from django.http import HttpResponseBase
from django.test import Client

from foundation.benches import Goal, Measure, bench
from foundation.identity.login import guards
from foundation.identity.models import LoginGuard, User

SAMPLES = 80
PASSWORD = f"{uuid4().hex}"
REAL_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
CHANGING = re.compile(rb'(content|data-now|value)="[^"]*"|<footer class="foot-line">.*?</footer>', re.DOTALL)
enumeration = bench("enumeration")
Ask = Callable[[str], HttpResponseBase]


def _log_in(email: str) -> HttpResponseBase:
    return Client().post("/login", {"login": email, "password": "not-this-one"})


def _reset(email: str) -> HttpResponseBase:
    return Client().post("/account/password/reset", {"email": email})


def _difference(ask: Ask, known: list[str]) -> tuple[float, int]:
    """Milliseconds between the medians of known and unknown, and how many answers differed in status or words."""
    took: dict[bool, list[float]] = {True: [], False: []}
    words: set[tuple[int, bytes]] = set()
    for number in range(SAMPLES):
        for is_known in (True, False) if number % 2 else (False, True):
            email = known[number % len(known)] if is_known else f"{uuid4().hex[:12]}@fanzmoney.example"
            LoginGuard.objects.all().delete()
            began = time.perf_counter()
            answer = ask(email)
            took[is_known].append((time.perf_counter() - began) * 1000)
            words.add((answer.status_code, CHANGING.sub(b"", answer.content).replace(email.encode(), b"")))  # type: ignore[attr-defined]
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
    guards.forget(guards.EVERYBODY, "")
    return found


enumeration.add(
    "known",
    Measure(
        measure,
        [
            Goal("login", "Signing in, known against unknown address, difference of medians", "ms", 10),
            Goal("login.words", "Answers that differ", "answers", 0, "exactly"),
            Goal("reset", "Asking for a link, known against unknown address, difference of medians", "ms", 10),
            Goal("reset.words", "Answers that differ", "answers", 0, "exactly"),
        ],
        runs=1,
    ),
)
