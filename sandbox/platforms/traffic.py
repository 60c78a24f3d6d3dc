"""People joining, renaming themselves and leaving on every platform, a few at a time, for as long as the demo runs."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.platforms.client import Client

log = logging.getLogger("sandbox.platforms")

PAUSE_SECONDS = 3.0
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

    def __init__(self, api: str, credentials: Path) -> None:
        self.api, self.credentials = api, credentials
        self.calls: deque[Call] = deque(maxlen=KEPT_CALLS)
        self._chance = random.Random()  # noqa: S311 - makes up names

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
        clients = [Client(self.api, slug, login["client_id"], login["secret"]) for slug, login in known.items()]
        while clients:
            client = self._chance.choice(clients)
            path, body = self._news_of_people()
            self.calls.appendleft(await asyncio.to_thread(_make, client, path, body))
            await asyncio.sleep(PAUSE_SECONDS)

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


def _make(client: Client, path: str, body: dict[str, Any]) -> Call:
    try:
        answer = client.post(path, body)
        results = [row["result"] for row in answer.body.get("data", [])]
        said = ", ".join(results) or str(answer.body.get("code", ""))
        status = str(answer.status)
    except (OSError, ValueError) as error:
        status, said = "no answer", str(error)
        log.warning("%s %s: %s", client.platform, path, error)
    return Call(datetime.now(UTC), client.platform, path, status, said)
