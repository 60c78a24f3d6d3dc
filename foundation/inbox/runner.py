"""One process that turns wheels: the relay, a reader per group, and whatever rooms add, each in its own thread."""

from __future__ import annotations

import logging
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Protocol

from django.db import DatabaseError, connection

from foundation.events.listening import groups
from foundation.events.relay import Relay
from foundation.inbox.consuming import Consumer
from foundation.jobs.services import heartbeat
from foundation.registry import Registry

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 5.0
LONGEST_BACKOFF_SECONDS = 5.0
DRAIN_SECONDS = 20.0


class Wheel(Protocol):
    """Work in small turns; a turn that found nothing may wait up to half a second inside.

    Between two turns a thread waits `idle_seconds` when there was nothing to do, and `breath_seconds` when there was:
    what comes one by one is then done some at a time.
    """

    def turn(self) -> bool:
        """Do a bounded piece of work; True when there may be more at once."""

    def close(self) -> None: ...


Make = Callable[[], Wheel]
WHEELS: Registry[Make] = Registry("wheel")


def parts() -> dict[str, Make]:
    """The relay, a reader per group, and the wheels that rooms add in their registers.py."""
    return {"relay": Relay, **{f"group {group}": partial(Consumer, group) for group in groups()}, **WHEELS}


def run_until_idle(only: dict[str, Make] | None = None) -> int:
    """Turn everything in this thread until nothing is left to do; returns the turns that did something."""
    wheels, turns, is_more = [make() for make in (parts() if only is None else only).values()], 0, True
    try:
        while is_more:
            is_more = False
            for wheel in wheels:
                while wheel.turn():
                    turns, is_more = turns + 1, True
        return turns
    finally:
        for wheel in wheels:
            wheel.close()


def backoff(failures: int) -> float:
    """Seconds to wait after this many failures in a row; never in step with another runner."""
    return min(LONGEST_BACKOFF_SECONDS, 0.1 * 2 ** min(failures, 10)) * random.uniform(0.7, 1.3)  # noqa: S311


class Thread(threading.Thread):
    """Turns one wheel until told to stop; after a failure it is turned again, ever more slowly."""

    def __init__(self, part: str, make: Make, stopping: threading.Event) -> None:
        super().__init__(name=part, daemon=True)
        self.make, self.stopping = make, stopping
        self.turned_at = 0.0

    def run(self) -> None:
        wheel, failures = self.make(), 0
        try:
            while not self.stopping.is_set():
                try:
                    is_more = wheel.turn()
                except Exception:
                    failures += 1
                    pause = backoff(failures)
                    logger.exception("%s failed and goes on in %.1f s", self.name, pause)
                    connection.close()
                    self.stopping.wait(pause)
                    continue
                failures, self.turned_at = 0, time.monotonic()
                pause = getattr(wheel, "breath_seconds" if is_more else "idle_seconds", 0.0)
                if pause or not is_more:
                    connection.close()  # back to the pool
                    self.stopping.wait(pause)
            wheel.close()
        except Exception:
            logger.exception("%s did not end well", self.name)
        finally:
            connection.close()


class Runner:
    """Starts the threads, says every few seconds which of them still turn, and lets them finish their turn."""

    def __init__(self, only: dict[str, Make] | None = None) -> None:
        self.name = f"{socket.gethostname()}-{os.getpid()}"
        self.stopping = threading.Event()
        self.threads = [Thread(part, make, self.stopping) for part, make in (parts() if only is None else only).items()]

    def stop(self, signum: int = 0, frame: FrameType | None = None) -> None:
        self.stopping.set()

    def run(self) -> bool:
        """Turn until asked to stop; True when every thread finished in time."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)
        self.start()
        while not self.stopping.wait(HEARTBEAT_SECONDS):
            self.beat()
        return self.join()

    def start(self) -> None:
        logger.info("runner %s turns %s", self.name, ", ".join(thread.name for thread in self.threads))
        for thread in self.threads:
            thread.start()

    def join(self) -> bool:
        deadline = time.monotonic() + DRAIN_SECONDS
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        late = [thread.name for thread in self.threads if thread.is_alive()]
        if late:
            logger.error("runner %s left %s in the middle of a turn", self.name, ", ".join(late))
        return not late

    def beat(self) -> None:
        """Only a part that finished a turn since the last beat is said to live."""
        since = time.monotonic() - HEARTBEAT_SECONDS * 2
        try:
            for thread in self.threads:
                if thread.turned_at > since:
                    heartbeat(f"runner: {thread.name}")
        except DatabaseError:
            logger.warning("no heartbeat: the database does not answer")
        finally:
            connection.close()
