"""What falls due by the providers' clock: done in its order, also when the clock leaps over it."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from itertools import count

from sandbox.control.clock import Clock

LOOK_EVERY_SECONDS = 0.5
Deed = Callable[[datetime], None]


class Clockwork:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._due: list[tuple[datetime, int, Deed]] = []
        self._ids = count()

    def at(self, when: datetime, do: Deed) -> None:
        """Do this when the clock shows the moment; `do` is told the moment, not how late anyone looked."""
        heapq.heappush(self._due, (when, next(self._ids), do))

    def catch_up(self) -> None:
        """Do all that is due; whoever is asked for what happened calls this first."""
        now = self.clock.now()
        while self._due and self._due[0][0] <= now:
            when, _, do = heapq.heappop(self._due)
            do(when)

    def forget(self) -> None:
        self._due.clear()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async def run() -> None:
            while True:
                self.catch_up()
                await self.clock.pause(LOOK_EVERY_SECONDS)

        task = asyncio.create_task(run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
