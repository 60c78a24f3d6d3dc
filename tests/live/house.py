"""A live web on the test's own database: uvicorn in a thread, and a relay that turns when news have to travel."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from django.test import Client
from websockets.sync.client import ClientConnection, connect

from dashboards.live.socket import WithSockets
from fanzmoney.launcher import ports
from foundation.events.relay import STREAMS, Relay
from foundation.http.asgi import BodyLimit
from foundation.http.threads import InThreads

PATIENCE = 20


@dataclass
class LiveHouse:
    """Where it answers, and the application it answers with."""

    port: int
    application: WithSockets
    relay: Relay

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def hub(self):
        return self.application.live.hub

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
            assert hear(socket)["type"] == "ready"
            say(socket, type="subscribe", channels=list(channels), **({"after": after} if after else {}))
            assert hear(socket)["type"] == "subscribed"
            yield socket


@contextmanager
def live_house() -> Iterator[LiveHouse]:
    application = WithSockets(BodyLimit(InThreads(threads=4)))
    port = ports.any_free()
    server = uvicorn.Server(
        uvicorn.Config(application, port=port, lifespan="off", log_level="error", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    relay = Relay()
    until(lambda: relay.look_round() or len(relay.streams) == len(STREAMS))
    try:
        yield LiveHouse(port, application, relay)
    finally:
        server.should_exit = True
        thread.join()
        application.live.hub.stop()
        application.live.hub.threads.shutdown()
        relay.close()


def until(is_so, seconds: float = PATIENCE) -> None:
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, "it did not come to pass"
        time.sleep(0.02)


def token_of(client: Client) -> str:
    return client.post("/api/v1/realtime/token", {}, content_type="application/json").json()["token"]


def say(socket: ClientConnection, **message) -> None:
    socket.send(json.dumps(message))


def hear(socket: ClientConnection) -> dict:
    return json.loads(socket.recv(PATIENCE))
