"""Viewers without a browser: they listen and read as an open page does, and draw nothing."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

from django.conf import settings
from django.utils.crypto import get_random_string
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from fanzmoney.trials.live_house import hear, say

PAGE, CHANNEL = "/ops/approvals", "money.executive"
LINE = re.compile(rb'class="main" href="/ops/approvals/([0-9a-f-]{36})"')
PATIENCE_SECONDS = 15


class Reader(threading.Thread):
    """Reads the page again after each hint, and rests for a third of the time that took: static/js/live.js."""

    def __init__(self, port: int, cookies: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.port, self.seen = port, dict[str, float]()
        self.is_listening, self.is_over = threading.Event(), False
        self.problem: BaseException | None = None
        self.site = HTTPConnection("localhost", port, timeout=PATIENCE_SECONDS)
        forgery = get_random_string(32)
        kept = {**cookies, settings.CSRF_COOKIE_NAME: forgery}
        self.headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in kept.items()),
            "X-CSRFToken": forgery,
            "X-Unattended": "1",
            "X-Live": "1",
        }

    def run(self) -> None:
        origin = Origin(f"http://localhost:{self.port}")  # a person's token is for a page
        try:
            with connect(f"ws://localhost:{self.port}/ws/live/", origin=origin, max_size=None) as socket:
                token = self._ask("POST", "/api/v1/realtime/token", "{}")
                say(socket, type="auth", token=json.loads(token)["token"])
                hear(socket)
                say(socket, type="subscribe", channels=[CHANNEL])
                self.is_listening.set()
                self._follow(socket)
        except WebSocketException as problem:
            self.problem = None if self.is_over else problem
        except BaseException as problem:  # noqa: BLE001 - told by whoever waits for this thread
            self.problem = problem
        finally:
            self.is_listening.set()
            self.site.close()

    def _follow(self, socket: ClientConnection) -> None:
        while not self.is_over:
            if not _is_told(socket):
                continue
            began = time.monotonic()
            page = self._ask("GET", PAGE)
            at = time.time() * 1000
            for id in LINE.findall(page):
                self.seen.setdefault(id.decode(), at)
            time.sleep((time.monotonic() - began) / 3)

    def _ask(self, method: str, path: str, body: str | None = None) -> bytes:
        kind = {"Content-Type": "application/json"} if body else {}
        self.site.request(method, path, body, {**self.headers, **kind})
        answer = self.site.getresponse()
        page = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{path} answered {answer.status}: {page[:200]!r}")
        return page


def _is_told(socket: ClientConnection) -> bool:
    """Whether anything was told since the last time, or within a moment; all of it is heard at once."""
    told, patience = 0, 0.2
    while True:
        try:
            hear(socket, patience)
        except TimeoutError:
            return told > 0
        told, patience = told + 1, 0


@contextmanager
def readers(port: int, cookies: dict[str, str], count: int) -> Iterator[list[Reader]]:
    """So many of them, all listening."""
    started = [Reader(port, cookies) for _ in range(count)]
    for reader in started:
        reader.start()
        reader.is_listening.wait(PATIENCE_SECONDS)
    try:
        yield started
    finally:
        for reader in started:
            reader.is_over = True
        for reader in started:
            reader.join()
    for reader in started:
        if reader.problem:
            raise reader.problem
