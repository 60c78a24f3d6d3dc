"""One ear for all listeners of a process: hears the news, tells each place its share at most twenty times a second."""

from __future__ import annotations

import asyncio
import logging
import math
import random
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import DatabaseError, connection

from dashboards.live.channels import Said, said_of
from dashboards.live.listeners import Listener, telling
from dashboards.live.marks import has_mark, marks_at
from dashboards.live.standing import still_here
from foundation.events.following import Follower, Heard
from foundation.events.transport import TransportDown
from foundation.notifications.selectors import count_unread_of

T = TypeVar("T")
logger = logging.getLogger(__name__)

COALESCE_SECONDS, LONGEST_COALESCE_SECONDS, READINGS_A_SECOND = 0.05, 2.0, 80
BELL_SECONDS, COMPARE_SECONDS, HEARTBEAT_SECONDS, STANDING_SECONDS = 1.0, 1.0, 20.0, 10.0
BEGIN_SECONDS, LISTEN_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 1.0, 2.0
SESSION_OVER, NOT_YOURS = 4401, 4403


class Hub:
    """Belongs to one event loop; its thread and its clocks run while somebody listens."""

    def __init__(self, follow: Callable[[], Follower] = Follower) -> None:
        self.follow = follow
        self.listeners: set[Listener] = set()
        self.places: defaultdict[str, set[Listener]] = defaultdict(set)
        self.waiting: dict[str, list[Said]] = {}
        self.threads = ThreadPoolExecutor(2, thread_name_prefix="live")
        self._running: list[asyncio.Task[None]] = []
        self._deaf = threading.Event()
        self._hears = asyncio.Event()
        self._told_at: dict[str, float] = {}

    async def ask(self, question: Callable[..., T], *values: Any) -> T:
        """Ask the database in a thread of the hub's own."""

        def answer() -> T:
            try:
                return question(*values)
            finally:
                connection.close()

        return await asyncio.get_running_loop().run_in_executor(self.threads, answer)

    def enter(self, listener: Listener) -> None:
        self.listeners.add(listener)
        if not self._running:
            self._deaf = threading.Event()
            threading.Thread(
                target=self._listen, args=(asyncio.get_running_loop(), self._deaf), name="live", daemon=True
            ).start()
            clocks = (self._ring(), self._compare(), self._beat(), self._look_who_is_here())
            self._running = [asyncio.create_task(clock) for clock in clocks]

    def leave(self, listener: Listener) -> None:
        self.listeners.discard(listener)
        for place in listener.places.values():
            self.places[place].discard(listener)
            if not self.places[place]:
                del self.places[place]
                self._told_at.pop(place, None)
        if not self.listeners:
            self.stop()

    def stop(self) -> None:
        self._deaf.set()
        self._hears.clear()
        for task in self._running:
            task.cancel()
        self._running = []

    async def begun(self) -> None:
        """Wait a moment for the ear: whoever subscribes before it hears is told of a gap."""
        with suppress(TimeoutError):
            async with asyncio.timeout(BEGIN_SECONDS):
                await self._hears.wait()

    def seat(self, listener: Listener, channel: str) -> None:
        """From now on this listener is told what is said on this channel."""
        self.places[listener.places[channel]].add(listener)

    # Hearing: in a thread, because Redis and Postgres are asked

    def _listen(self, loop: asyncio.AbstractEventLoop, deaf: threading.Event) -> None:
        follower, failures = self.follow(), 0
        while not deaf.is_set():
            try:
                if not follower.places:
                    follower.begin()
                    loop.call_soon_threadsafe(self._begin, deaf)
                heard = follower.listen(wait=LISTEN_SECONDS)
            except Exception as error:  # noqa: BLE001 - whatever it was, it is listened again
                if deaf.is_set():
                    return
                failures, follower.is_torn = failures + 1, True
                is_outage = isinstance(error, (*TransportDown, DatabaseError))
                logger.log(logging.WARNING if is_outage else logging.ERROR, "live pages hear nothing: %r", error)
                deaf.wait(min(LONGEST_PAUSE_SECONDS, 0.1 * 2 ** min(failures, 10)) * random.uniform(0.7, 1.3))  # noqa: S311
                continue
            finally:
                connection.close()
            failures, is_torn, follower.is_torn = 0, follower.is_torn, False
            if (heard or is_torn) and not deaf.is_set():
                loop.call_soon_threadsafe(self.hear, heard, is_torn)

    def _begin(self, deaf: threading.Event) -> None:
        if not deaf.is_set():
            self._hears.set()
            self.hear((), is_torn=True)

    # Telling

    def hear(self, heard: Iterable[Heard], is_torn: bool = False) -> None:
        """Sort the news by place; the first is told at once, what follows at the end of a pause."""
        if is_torn:
            for listener in self.listeners:
                listener.tear(_now())
        loop = asyncio.get_running_loop()
        for news in heard:
            for said in said_of(news):
                if said.place not in self.places:
                    continue
                if said.place not in self.waiting:
                    pause = pause_for(len(self.places[said.place]))
                    next_at = self._told_at.get(said.place, -math.inf) + pause
                    loop.call_at(max(loop.time(), next_at), self._tell, said.place)
                self.waiting.setdefault(said.place, []).append(said)

    def _tell(self, place: str) -> None:
        said = self.waiting.pop(place)
        if place in self.places:
            self._told_at[place] = asyncio.get_running_loop().time()
            messages = telling(said)
            for listener in self.places[place]:
                listener.tell(place, messages)

    # Clocks

    async def _ring(self) -> None:
        """Bells: how much is unread is a state, so it is asked; a message that got lost could be told by nobody."""
        while True:
            await asyncio.sleep(BELL_SECONDS)
            known = [listener for listener in self.listeners if listener.unread is not None]
            if not known:
                continue
            try:
                unread = await self.ask(count_unread_of, {listener.entrance.id for listener in known})
            except Exception:
                logger.exception("how much is unread could not be asked; asking again")
                continue
            for listener in known:
                listener.ring(unread[listener.entrance.id])

    async def _compare(self) -> None:
        """Lists without news: whoever shows one is told when it is another than it was."""
        while True:
            await asyncio.sleep(COMPARE_SECONDS)
            shown = [place for place in self.places if has_mark(place)]
            if not shown:
                continue
            try:
                marks = await self.ask(marks_at, shown)
            except Exception:
                logger.exception("lists could not be compared; comparing again")
                continue
            for place, mark in marks.items():
                for listener in self.places.get(place, ()):
                    listener.compare(place, mark, _now())

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            for listener in self.listeners:
                listener.beat(_now())

    async def _look_who_is_here(self) -> None:
        """Whoever was signed out, suspended or lost a role hears nothing more."""
        while True:
            await asyncio.sleep(STANDING_SECONDS)
            known = list(self.listeners)
            try:
                now_for = await self.ask(still_here, [listener.entrance for listener in known])
            except Exception:
                logger.exception("who still may listen could not be asked; asking again")
                continue
            for listener in known:
                places = now_for.get(listener.entrance)
                if places is None:
                    listener.end(SESSION_OVER, "signed out")
                elif any(places.get(channel) != place for channel, place in listener.places.items()):
                    listener.end(NOT_YOURS, "no longer yours to hear")


def pause_for(crowd: int) -> float:
    """Seconds between two tellings: more where many listen at one place, since each then reads its page again."""
    return min(LONGEST_COALESCE_SECONDS, max(COALESCE_SECONDS, crowd / READINGS_A_SECOND))


def _now() -> datetime:
    return datetime.now(UTC)
