"""How a web process ends: it says so, lets in whoever already knocked, and closes."""

import socket
from types import SimpleNamespace

import pytest

from fanzmoney import doors
from foundation.http import ending


@pytest.fixture(autouse=True)
def unsaid(monkeypatch):
    monkeypatch.setattr(ending, "_said", bytearray(1))


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
