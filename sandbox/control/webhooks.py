"""The post office of all providers: delivers over real HTTP, tries again, and misbehaves when told."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import urlencode

from sandbox.control.clock import Clock
from sandbox.control.post import Carrier

log = logging.getLogger("sandbox.webhooks")

CARRIERS = 40
KEPT = 20_000
SHUFFLE_SECONDS = 0.5


@dataclass(frozen=True)
class Try:
    """One delivery: when, and what came back (0 for no answer)."""

    at: datetime
    status: int
    took_ms: int
    said: str


@dataclass
class Letter:
    """One webhook and what became of it."""

    id: int
    provider: str
    event: str
    url: str
    content_type: str
    body: bytes
    headers: Mapping[str, str]
    made_at: datetime
    state: str = "waiting"
    tries: list[Try] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "provider": self.provider,
            "event": self.event,
            "url": self.url,
            "content_type": self.content_type,
            "headers": dict(self.headers),
            "body": self.body.decode("utf-8", "replace"),
            "made_at": self.made_at.isoformat(),
            "state": self.state,
            "tries": [{**asdict(one), "at": one.at.isoformat()} for one in self.tries],
        }


@dataclass
class Switches:
    """How the deliveries of one provider misbehave; `scale` is how much faster than real the retries run."""

    duplicate: bool = False
    reorder: bool = False
    drop: bool = False
    wrong_signature: bool = False
    delay: float = 0
    scale: float = 60
    url: str = ""


@dataclass(frozen=True)
class Habit:
    """When a provider tries again, and which answers content it; none named: every 2xx."""

    retry_seconds: Sequence[int] = (60, 300, 900, 3_600, 21_600, 86_400)
    content_with: frozenset[int] = frozenset()

    def is_content(self, status: int) -> bool:
        return status in self.content_with if self.content_with else 200 <= status < 300


class Outbox:
    """The letters one provider sends."""

    def __init__(self, courier: Courier, provider: str) -> None:
        self.courier, self.provider = courier, provider
        self.switches = Switches()
        self.habit = Habit()
        self.held: list[Letter] = []

    def send(
        self,
        event: str,
        url: str,
        content_type: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Letter:
        """Put a letter on its way; `switches.url` leads it elsewhere, `query` is said in the address."""
        address = self.switches.url or url
        if address and query:
            address = f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"
        return self.courier.accept(self, event, address, content_type, body, headers or {})


class Courier:
    """Carries the letters of all providers, many at a time over lines kept open."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.letters: OrderedDict[int, Letter] = OrderedDict()
        self._ids = count(1)
        self._queue: asyncio.Queue[tuple[Outbox, Letter]] = asyncio.Queue()
        self._waiting: set[asyncio.Task[None]] = set()

    def accept(
        self, outbox: Outbox, event: str, url: str, content_type: str, body: bytes, headers: Mapping[str, str]
    ) -> Letter:
        letter = Letter(
            next(self._ids), outbox.provider, event, url, content_type, body, headers, made_at=self.clock.now()
        )
        self.letters[letter.id] = letter
        while len(self.letters) > KEPT:
            self.letters.popitem(last=False)
        switches = outbox.switches
        if not url:
            letter.state = "no address"
        elif switches.drop:
            letter.state = "dropped"
        elif switches.reorder:
            self._hold(outbox, letter)
        else:
            for _ in range(2 if switches.duplicate else 1):
                self._post(outbox, letter, switches.delay)
        return letter

    def replay(self, outbox: Outbox, letter_id: int) -> bool:
        """Send the very same letter once more, whatever became of it."""
        letter = self.letters.get(letter_id)
        if letter is None or letter.provider != outbox.provider or not letter.url:
            return False
        self._queue.put_nowait((outbox, letter))
        return True

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        carriers = [asyncio.create_task(self._carry()) for _ in range(CARRIERS)]
        try:
            yield
        finally:
            for task in (*carriers, *self._waiting):
                task.cancel()
            await asyncio.gather(*carriers, *self._waiting, return_exceptions=True)

    def _post(self, outbox: Outbox, letter: Letter, seconds: float) -> None:
        if seconds > 0:
            self._later(self._post_later(outbox, letter, seconds))
        else:
            self._queue.put_nowait((outbox, letter))

    async def _post_later(self, outbox: Outbox, letter: Letter, seconds: float) -> None:
        await self.clock.sleep_until(self.clock.now() + timedelta(seconds=seconds))
        self._queue.put_nowait((outbox, letter))

    def _hold(self, outbox: Outbox, letter: Letter) -> None:
        outbox.held.append(letter)
        if len(outbox.held) == 1:
            self._later(self._release(outbox))

    async def _release(self, outbox: Outbox) -> None:
        """Deliver what came within half a second, the last first and one after the other."""
        await asyncio.sleep(SHUFFLE_SECONDS)
        letters, outbox.held = outbox.held, []
        carrier = Carrier()
        for letter in reversed(letters):
            for _ in range(2 if outbox.switches.duplicate else 1):
                await self._try(carrier, outbox, letter)
        carrier.close()

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _carry(self) -> None:
        carrier = Carrier()
        try:
            while True:
                await self._try(carrier, *await self._queue.get())
        finally:
            carrier.close()

    async def _try(self, carrier: Carrier, outbox: Outbox, letter: Letter) -> None:
        began = time.monotonic()
        try:
            status, said = await carrier.post(letter.url, letter.content_type, letter.body, letter.headers)
        except (OSError, ValueError) as trouble:
            status, said = 0, f"{type(trouble).__name__}: {trouble}"
        took = round((time.monotonic() - began) * 1000)
        letter.tries.append(Try(self.clock.now(), status, took, said))
        if outbox.habit.is_content(status):
            letter.state = "delivered"
        elif letter.state != "delivered":
            self._try_again(outbox, letter)

    def _try_again(self, outbox: Outbox, letter: Letter) -> None:
        waits = outbox.habit.retry_seconds
        if len(letter.tries) > len(waits):
            letter.state = "given up"
            log.warning("%s %s %d was never taken by %s", letter.provider, letter.event, letter.id, letter.url)
        else:
            letter.state = "trying again"
            self._post(outbox, letter, waits[len(letter.tries) - 1] / outbox.switches.scale)
