"""The wheel that sends: calls run beside each other in threads, all rows are read and written by the wheel itself."""

from __future__ import annotations

import logging
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from foundation.hooks.calling import WHOLE_SECONDS, Answer, Call
from foundation.hooks.sending import Claimed, claim, write
from foundation.switches.selectors import is_stopped

SLOTS = 32
LOOK_SECONDS = 0.05
SEND = "hooks.send"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Flight:
    """A call on its way."""

    claimed: Claimed
    call: Call


class Sending:
    """Claims what is due as long as there are hands for it."""

    idle_seconds = 0.1
    breath_seconds = 0.01  # the connection goes back to the pool while calls fly

    def __init__(self) -> None:
        self.hands = ThreadPoolExecutor(SLOTS, thread_name_prefix="hooks")
        self.flying: dict[Future[Answer], Flight] = {}

    def turn(self) -> bool:
        landed = self._land(LOOK_SECONDS)
        claimed = [] if is_stopped(SEND) else claim(SLOTS - len(self.flying))
        unsigned = []
        for one in claimed:
            try:
                call = one.call()
            except Exception:
                log.exception("Delivery %s could not be signed.", one.id)
                unsigned.append((one, Answer(None, "not_signed", "", 0)))
            else:
                self.flying[self.hands.submit(call.make)] = Flight(one, call)
        write(unsigned)
        return bool(landed or claimed or self.flying)

    def close(self) -> None:
        """Let what flies land, and write it."""
        until = time.monotonic() + WHOLE_SECONDS / 2
        while self.flying and time.monotonic() < until:
            self._land(LOOK_SECONDS)
        for flight in self.flying.values():
            flight.call.cut()
        self.hands.shutdown(wait=False, cancel_futures=True)

    def _land(self, seconds: float) -> int:
        if not self.flying:
            return 0
        done, _ = wait(self.flying, timeout=seconds, return_when=FIRST_COMPLETED)
        for flight in self.flying.values():
            if time.monotonic() > flight.call.cut_at:
                flight.call.cut()
        write([(self.flying[future].claimed, future.result()) for future in done])
        for future in done:
            del self.flying[future]
        return len(done)
