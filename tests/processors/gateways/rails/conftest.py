"""The wire in place of the network."""

from collections.abc import Callable

import pytest

from processors.gateways import http


class Wire:
    """Give it what comes back, call by call; look at what went out."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, dict[str, str], bytes]] = []
        self.comes: list[object] = []

    def call(self, method, url, *, headers, body=b"", **_):
        self.sent.append((method, url, dict(headers), body))
        next_one = self.comes.pop(0) if len(self.comes) > 1 else self.comes[0]
        if isinstance(next_one, Exception):
            raise next_one
        if isinstance(next_one, Callable):
            next_one = next_one(method, url, body)
        status, text = next_one
        return http.Answer(status, {}, text)

    def answers(self, *comes: object) -> None:
        self.comes = list(comes)


@pytest.fixture
def wire(monkeypatch):
    there = Wire()
    monkeypatch.setattr(http, "call", there.call)
    return there
