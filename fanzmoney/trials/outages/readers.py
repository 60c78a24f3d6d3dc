"""People and programs that only look: many requests, each of which has to be answered at the first asking."""

from __future__ import annotations

import http.client
import itertools
import threading
from collections import Counter

from fanzmoney.trials.outages.traffic import ANSWER_SECONDS, Traffic

READERS, PAUSE_SECONDS = 4, 0.02
LOOKED_AT = ("/login", "/api/v1/me", "/status/", "/livez")


class Readers:
    """They go where the writers go; a door that is shut is passed by, anything but an answer is counted."""

    def __init__(self, traffic: Traffic) -> None:
        self.traffic = traffic
        self.answers: Counter[int] = Counter()
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(number,), daemon=True) for number in range(READERS)]

    def __enter__(self) -> Readers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join(2 * ANSWER_SECONDS)

    def _read(self, number: int) -> None:
        for turn in itertools.count(number):
            if self._is_over.wait(PAUSE_SECONDS):
                return
            self.answers[self._ask(turn)] += 1

    def _ask(self, turn: int) -> int:
        """0 when nobody answered."""
        ports, path = list(self.traffic.ports), LOOKED_AT[turn % len(LOOKED_AT)]
        for port in ports[turn % len(ports) :] + ports[: turn % len(ports)]:
            caller = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
            try:
                caller.request("GET", path)
                answer = caller.getresponse()
                answer.read()
                return answer.status
            except ConnectionRefusedError:
                continue
            except (OSError, http.client.HTTPException):
                return 0
            finally:
                caller.close()
        return 0
