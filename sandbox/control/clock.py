"""The providers' own time: the machine's, moved ahead as far as it is told."""

import asyncio
from datetime import UTC, datetime, timedelta


class Clock:
    """All that providers do by time is asked here, so a day can pass in a moment."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def move(self, ahead: timedelta) -> None:
        """Set how far this clock is ahead of the machine's, and wake everything that waits by it."""
        self.ahead = ahead
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep_until(self, at: datetime) -> None:
        """Wait until this clock shows the moment, by waiting or by being moved."""
        while (left := (at - self.now()).total_seconds()) > 0:
            await self.pause(left)

    async def pause(self, seconds: float) -> None:
        """Wait so long, or until the clock is moved."""
        try:
            async with asyncio.timeout(seconds):
                await self._moved.wait()
        except TimeoutError:
            return
