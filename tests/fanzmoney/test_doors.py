"""How a web process ends: it says so, lets in whoever already knocked, and closes."""

import asyncio
import http.client
import json
import signal
import socket
import threading
import time
from types import SimpleNamespace

import pytest
import uvicorn
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from fanzmoney import async_door, doors
from fanzmoney.launcher import ports
from fanzmoney.launcher.programs import GRACE_SECONDS, Addresses, programs
from fanzmoney.launcher.state import State
from foundation.http import ending
from foundation.http.asgi import LastWords


@pytest.fixture(autouse=True)
def unsaid(monkeypatch):
    monkeypatch.setattr(ending, "_said", bytearray(1))


def test_in_up_the_door_ends_before_everything_is_killed(monkeypatch, tmp_path):
    ends = []

    def run(self):
        ends.append(self.saying_seconds + async_door.SPEAKING_SECONDS + self.config.timeout_graceful_shutdown)

    monkeypatch.setattr(async_door.AsyncDoor, "run", run)
    addresses = Addresses(1, smtp=2, sandbox=3, clamd=4)
    together, _ = programs(tmp_path, State(tmp_path).open(), {}, addresses, with_demo=False)
    before = signal.getsignal(signal.SIGTERM)
    try:
        async_door.serve(next(line["arguments"] for line in json.loads(together.stdin) if line["name"] == "web"))
    finally:
        signal.signal(signal.SIGTERM, before)
    uvicorns_own = 0.2
    assert ends[0] + uvicorns_own + 0.5 <= GRACE_SECONDS


def door(listener, *, alive):
    made = doors.Door.__new__(doors.Door)
    made.sockets, made.alive, made.nr_conns, made._accepting = [listener], alive, 0, True
    made.poller, made.cfg, made.inside = SimpleNamespace(unregister=lambda _: None), None, []
    made.enqueue_req = made.inside.append
    return made


@pytest.mark.parametrize("is_ending", [False, True])
def test_whoever_knocked_before_the_door_closed_is_let_in(is_ending):
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    callers = [socket.create_connection(listener.getsockname()) for _ in range(3)]
    if is_ending:
        ending.say()
    closing = door(listener, alive=False)
    closing.set_accept_enabled(False)
    assert len(closing.inside) == (3 if is_ending else 0), "somebody else may still take them while the house goes on"
    assert (listener.fileno() == -1) == is_ending
    for one in [*callers, *(known.sock for known in closing.inside), listener]:
        one.close()


def test_it_says_that_it_ends_before_it_closes(monkeypatch):
    order = []
    monkeypatch.setattr(doors.time, "sleep", lambda _: order.append(ending.is_said()))
    server = SimpleNamespace(handle_term=lambda: order.append("closed"))
    doors.when_ready(server)
    assert order == []
    server.handle_term()
    assert order == [True, "closed"]


async def _speak(scope, receive, send):
    """Answers when it was told to, and keeps sockets until they are sent away."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def asked(caller):
    caller.request("GET", "/")
    answer = caller.getresponse()
    assert answer.read() == b"ok"
    return answer.headers["Connection"]


def test_a_door_of_sockets_answers_whoever_knocked_and_sends_sockets_elsewhere(monkeypatch):
    has_said, has_heard = threading.Event(), threading.Event()
    steps = iter([has_said, has_heard])

    async def until(_):
        await asyncio.to_thread(next(steps).wait, 60)

    monkeypatch.setattr(async_door, "asyncio", SimpleNamespace(sleep=until))
    config = uvicorn.Config(LastWords(_speak), port=ports.any_free(), lifespan="off", log_level="error")
    house = async_door.AsyncDoor(config, saying_seconds=3)
    serving = threading.Thread(target=house.run, daemon=True)
    serving.start()
    here = "127.0.0.1", config.port
    while not house.started:
        time.sleep(0.01)
    with connect(f"ws://127.0.0.1:{config.port}/") as listening:
        kept = http.client.HTTPConnection(*here, timeout=60)
        assert asked(kept) is None
        house.handle_exit(signal.SIGTERM, None)
        assert asked(kept) == "close"
        knocked = http.client.HTTPConnection(*here, timeout=60)
        knocked.connect()
        has_said.set()
        while house.servers[0].is_serving():
            time.sleep(0.01)
        assert asked(knocked) == "close"
        has_heard.set()
        with pytest.raises(ConnectionClosed) as told:
            listening.recv(timeout=60)
    assert told.value.rcvd.code == 1012
    serving.join(60)
    assert not serving.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(here)
