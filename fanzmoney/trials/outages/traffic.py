"""Platforms that buy, give back and tell of people all the time, asking under the same key until answered."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from random import Random
from typing import Any
from uuid import uuid4

from fanzmoney.trials.running_house import CREATORS, FANS

WRITERS, PAUSE_SECONDS, ANSWER_SECONDS = 4, 0.15, 40
SETTLES_SECONDS = 120
RETRYABLE = frozenset({409, 429, 503})


@dataclass
class Wish:
    """One thing a platform wants done, and what it was promised."""

    platform: str
    path: str
    body: dict[str, Any]
    key: str = field(default_factory=lambda: uuid4().hex)
    status: int = 0
    answer: dict[str, Any] = field(default_factory=dict)
    asked_at: float = 0.0
    answered_at: float = 0.0
    tries: int = 0

    @property
    def is_promised(self) -> bool:
        return 200 <= self.status < 300


class Traffic:
    """Writers at work until they are told to stop."""

    def __init__(
        self, ports: Sequence[int], bearers: Mapping[str, str], *, seed: int = 1, writers: int = WRITERS
    ) -> None:
        self.ports, self.bearers = list(ports), bearers
        self.wishes: list[Wish] = []
        self.strange: list[str] = []
        self.answers: Counter[int] = Counter()
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=self._write, args=(Random(f"{seed}:{number}"),), daemon=True)  # noqa: S311
            for number in range(writers)
        ]

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Stop wishing, and wait until everything wished for is answered."""
        self._is_over.set()
        for thread in self._threads:
            thread.join(SETTLES_SECONDS + ANSWER_SECONDS)
            if thread.is_alive():
                self.strange.append("a writer never got its answer")

    def promised(self) -> list[Wish]:
        return [wish for wish in list(self.wishes) if wish.is_promised]

    def promised_since(self, moment: float) -> int:
        """How many wishes that were asked after this moment have been granted."""
        return sum(wish.is_promised and wish.asked_at >= moment for wish in list(self.wishes))

    def wait_for_promise(self, moment: float, patience: float, count: int = 1) -> float | None:
        """Seconds until so many wishes asked after this moment were granted; None when patience ended first."""
        began = time.monotonic()
        while time.monotonic() - began < patience:
            if self.promised_since(moment) >= count:
                return time.monotonic() - began
            time.sleep(0.05)
        return None

    def _write(self, chance: Random) -> None:
        while not self._is_over.is_set():
            wish = self._wish(chance)
            self.wishes.append(wish)
            self._insist(wish)
            self._is_over.wait(PAUSE_SECONDS)

    def _wish(self, chance: Random) -> Wish:
        platform = chance.choice(sorted(self.bearers))
        kind = chance.random()
        paid = [wish for wish in self.wishes[-200:] if wish.status == 201 and wish.answer.get("state") == "CAPTURED"]
        if kind < 0.15:
            told = [{"external_id": uuid4().hex, "handle": uuid4().hex}]
            return Wish(platform, "/api/v1/fans", {"members": told})
        if kind < 0.35 and paid:
            bought = chance.choice(paid)
            body = {"payment_id": bought.answer["id"], "amount_minor": 100, "currency": "USD", "reason": "A trial."}
            return Wish(bought.platform, "/api/v1/refunds", body)
        return Wish(platform, "/api/v1/payments", purchase(chance))

    def _insist(self, wish: Wish) -> None:
        deadline, wish.asked_at = time.monotonic() + SETTLES_SECONDS, time.monotonic()
        while time.monotonic() < deadline:
            wish.tries += 1
            status, answer, headers = self.ask(wish)
            self.answers[status] += 1
            if 200 <= status < 300:
                wish.answer, wish.answered_at, wish.status = answer, time.monotonic(), status
                return
            if status >= 500 and status != 503:
                self.strange.append(f"{wish.path} is answered {status} {json.dumps(answer)[:300]}")
            if status == 503 and not headers.get("Retry-After"):
                self.strange.append(f"{wish.path} is answered 503 without saying when to come back")
            if status in (401, 403):
                self.strange.append(f"{wish.path} is answered {status} to who may")
            if status and status not in RETRYABLE and status < 500:
                wish.status, wish.answer = status, answer
                return
            if status == 409 and not answer.get("retryable"):
                wish.status, wish.answer = status, answer
                return
            time.sleep(0.2)
        self.strange.append(f"{wish.path} was not answered in {SETTLES_SECONDS} s and {wish.tries} tries")

    def ask(self, wish: Wish) -> tuple[int, dict[str, Any], Any]:
        """One try at each door in turn; 0 when nobody answered."""
        headers = {
            "Authorization": f"Bearer {self.bearers[wish.platform]}", "Idempotency-Key": wish.key,
            "Content-Type": "application/json",
        }  # fmt: skip
        body = json.dumps(wish.body).encode()
        for port in sorted(self.ports, key=lambda _: uuid4().int):
            request = urllib.request.Request(f"http://127.0.0.1:{port}{wish.path}", body, headers)
            try:
                with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as reply:  # noqa: S310
                    return reply.status, json.load(reply), reply.headers
            except urllib.error.HTTPError as refused:
                with refused:
                    return refused.code, _read(refused.read()), refused.headers
            except urllib.error.URLError as gone:
                if isinstance(gone.reason, ConnectionRefusedError):
                    continue
                return 0, {}, {}
            except (OSError, HTTPException, ValueError):
                return 0, {}, {}
        return 0, {}, {}


def purchase(chance: Random, *, creator: str = "") -> dict[str, Any]:
    return {
        "reference": uuid4().hex, "fan": f"bench-fan{chance.randrange(FANS)}",
        "creator": creator or f"bench-creator{chance.randrange(CREATORS - 1)}", "product": "ppv", "method": "card",
        "amount_minor": chance.randint(500, 900), "currency": "USD", "device": uuid4().hex,
        "token": f"testtokenapproved{uuid4().hex[:20]}",
    }  # fmt: skip


def _read(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
