"""What happens on every platform for as long as the demo runs: people come and go, and fans buy."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.platforms.client import Answer, Client
from sandbox.platforms.creator import PAYOUTS, Creator, said_of
from sandbox.platforms.shop import Shop

log = logging.getLogger("sandbox.platforms")

PAUSE_SECONDS = 2.5
BUSY_CALLS, QUIET_PAUSE_SECONDS = 10_000, 30.0
"""After so many calls it becomes quiet, so that a demo left alone does not fill the disk."""
BUYING = 0.85
ASKING = 0.01
CREATORS = "creators"
"""Beside the platforms in the credentials file: who of their creators has a login that may be played."""
MOST_PEOPLE = {"creators": 150, "fans": 600}
KEPT_CALLS = 200
SYLLABLES = ("ra", "mi", "lo", "ven", "ta", "shi", "no", "bel", "ka", "du", "zo", "fae")


@dataclass(frozen=True)
class Call:
    """One call and what it was answered."""

    at: datetime
    platform: str
    path: str
    status: str
    said: str


class Traffic:
    """The platforms that the credentials file names, one call every few seconds among them."""

    def __init__(self, api: str, credentials: Path, here: str) -> None:
        self.api, self.credentials = api, credentials
        self.calls: deque[Call] = deque(maxlen=KEPT_CALLS)
        self._chance = random.Random()  # noqa: S311 - makes up names
        self._shop = Shop(here, self._chance)
        self._creators: list[Creator] = []
        self._made = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while not self.credentials.exists():
            await asyncio.sleep(0.5)
        known = json.loads(self.credentials.read_text())
        self._creators = [Creator(self.api, one["login"], one["password"]) for one in known.pop(CREATORS, [])]
        clients = [Client(self.api, slug, login["client_id"], login["secret"]) for slug, login in known.items()]
        while clients:
            self.calls.appendleft(await asyncio.to_thread(self._next, self._chance.choice(clients)))
            self._made += 1
            await asyncio.sleep(PAUSE_SECONDS if self._made < BUSY_CALLS else QUIET_PAUSE_SECONDS)

    def _next(self, client: Client) -> Call:
        self._shop.pay_what_is_owed()
        if self._creators and self._chance.random() < ASKING:
            one = self._chance.choice(self._creators)
            return _make(one, PAYOUTS, one.next_wish(self._chance), said_of)
        if self._chance.random() < BUYING:
            path, body = self._shop.next_order(client.platform)
            return _make(client, path, body, lambda answer: self._shop.note(client.platform, path, answer.body))
        path, body = self._news_of_people()
        return _make(client, path, body, _results)

    def _news_of_people(self) -> tuple[str, dict[str, Any]]:
        kind = self._chance.choices(("creators", "fans"), (1, 4))[0]
        numbers = self._chance.sample(range(1, MOST_PEOPLE[kind] + 1), self._chance.randint(1, 3))
        return f"/api/v1/{kind}", {"members": [self._member(kind, number) for number in numbers]}

    def _member(self, kind: str, number: int) -> dict[str, Any]:
        name = "".join(self._chance.choices(SYLLABLES, k=3))
        return {
            "external_id": f"live-{kind[0]}{number:05d}",
            "handle": f"{name}{number}",
            "is_active": self._chance.random() > 0.05,
            "name": name.title(),
            "email": f"{name}{number}@people.example",
        }


def _results(answer: Answer) -> str:
    return ", ".join(row["result"] for row in answer.body.get("data", [])) or str(answer.body.get("code", ""))


def _make(client: Client | Creator, path: str, body: dict[str, Any], in_words: Callable[[Answer], str]) -> Call:
    try:
        answer = client.post(path, body)
        said, status = in_words(answer), str(answer.status)
    except (OSError, ValueError) as error:
        status, said = "no answer", str(error)
        log.warning("%s %s: %s", client.platform, path, error)
    return Call(datetime.now(UTC), client.platform, path, status, said)
