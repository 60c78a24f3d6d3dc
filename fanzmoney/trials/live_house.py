"""A live web on the servers of this environment: uvicorn in a thread, and a relay that turns when told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from django.conf import settings
from django.test import Client
from websockets.sync.client import ClientConnection, connect

from dashboards.live.hub import Hub
from dashboards.live.socket import WithSockets
from fanzmoney.launcher import ports
from foundation.events.following import Follower
from foundation.events.relay import STREAMS, Relay
from foundation.events.transport import RedisStreams, Transport
from foundation.http.asgi import BodyLimit
from foundation.http.threads import InThreads

PATIENCE = 20


@dataclass
class LiveHouse:
    """Where it answers, and the application it answers with."""

    port: int
    application: WithSockets
    relay: Relay
    carrier: Transport

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def hub(self) -> Hub:
        return self.application.live.hub

    def new_relay(self) -> None:
        """As after the runner died and another began."""
        self.relay.close()
        self.relay = Relay()
        until(lambda: _has_all(self.relay))

    def carry(self) -> None:
        """Everything told so far is on its way."""
        while self.relay.turn():
            pass

    @contextmanager
    def socket(self, *, origin: str | None = "", path: str = "/ws/live/") -> Iterator[ClientConnection]:
        headers = {} if origin is None else {"Origin": origin or self.url}
        address = f"ws://localhost:{self.port}{path}"
        with connect(address, additional_headers=headers, open_timeout=PATIENCE, max_size=None) as socket:
            yield socket

    @contextmanager
    def listening(
        self, client: Client, *channels: str, after: dict[str, int] | None = None
    ) -> Iterator[ClientConnection]:
        """A page of this person that hears these channels."""
        with self.socket() as socket:
            say(socket, type="auth", token=token_of(client))
            hear(socket)
            say(socket, type="subscribe", channels=list(channels), **({"after": after} if after else {}))
            while hear(socket)["type"] != "subscribed":
                pass
            yield socket


@contextmanager
def live_house() -> Iterator[LiveHouse]:
    application = WithSockets(BodyLimit(InThreads(threads=4)))
    carrier = RedisStreams(settings.REDIS_URL)
    application.live.hub.follow = lambda: Follower(carrier)
    port = ports.any_free()
    server = uvicorn.Server(
        uvicorn.Config(application, port=port, lifespan="off", log_level="error", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    relay = Relay()
    house = LiveHouse(port, application, relay, carrier)
    until(lambda: _has_all(relay))
    try:
        yield house
    finally:
        server.should_exit = True
        thread.join()
        application.live.hub.stop()
        application.live.hub.threads.shutdown()
        house.relay.close()


def _has_all(relay: Relay) -> bool:
    relay.look_round()
    return len(relay.streams) == len(STREAMS)


def until(is_so: Callable[[], object], seconds: float = PATIENCE) -> None:
    ends = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > ends:
            raise TimeoutError("it did not come to pass")
        time.sleep(0.02)


def token_of(client: Client) -> str:
    return str(client.post("/api/v1/realtime/token", {}, content_type="application/json").json()["token"])


def say(socket: ClientConnection, **message: Any) -> None:
    socket.send(json.dumps(message))


def hear(socket: ClientConnection, patience: float = PATIENCE) -> dict[str, Any]:
    return dict(json.loads(socket.recv(patience)))
