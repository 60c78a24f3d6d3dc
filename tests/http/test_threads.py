"""A request has one thread from its first middleware to the last byte that leaves."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.signals import request_finished
from django.http import HttpResponse, StreamingHttpResponse

from foundation.http.threads import InThreads

SCOPE = {"type": "http", "method": "POST", "path": "/x", "query_string": b"", "headers": [], "http_version": "1.1"}


class Caller:
    """Somebody who sends a body, and may leave after so many messages."""

    def __init__(self, body=b"", leaves_after=None):
        self.body, self.leaves_after = [body], leaves_after
        self.sent, self.has_left = [], asyncio.Event()

    async def receive(self):
        if self.body:
            return {"type": "http.request", "body": self.body.pop(), "more_body": False}
        await self.has_left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.sent.append(message)
        if len(self.sent) == self.leaves_after:
            self.has_left.set()
            await asyncio.sleep(0.05)  # so that the leaving is seen before the next part

    @property
    def said(self):
        return b"".join(message.get("body", b"") for message in self.sent)


def ask(view, *, threads=2, callers=1, apart=None, scopes=(SCOPE,), **caller):
    house = InThreads(threads, apart=apart)
    house.get_response = view

    async def all_of_them():
        asking = [(scope, Caller(**caller)) for scope in scopes for _ in range(callers)]
        await asyncio.gather(*(house(scope, one.receive, one.send) for scope, one in asking))
        return [one for _, one in asking]

    with ThreadPoolExecutor(1) as loop:
        return loop.submit(asyncio.run, all_of_them()).result()


@pytest.fixture
def finished():
    """The threads in which requests ended, where their connections are given back."""
    threads = []

    def note(**_):
        threads.append(threading.current_thread())

    request_finished.connect(note)
    yield threads
    request_finished.disconnect(note)


def test_it_answers_with_what_was_asked(finished):
    (caller,) = ask(lambda request: HttpResponse(request.body[::-1], status=201, headers={"X-A": "b"}), body=b"abc")
    assert (caller.sent[0]["status"], caller.said) == (201, b"cba")
    assert (b"X-A", b"b") in caller.sent[0]["headers"]
    assert len(finished) == 1


def test_a_stream_is_made_and_ended_in_the_thread_of_its_request(finished):
    threads = []

    def parts():
        for letter in "abc":
            threads.append(threading.current_thread())
            yield letter

    def view(request):
        threads.append(threading.current_thread())
        response = StreamingHttpResponse(parts())
        response.set_cookie("a", "1")
        return response

    (caller,) = ask(view)
    assert [message.get("body") for message in caller.sent] == [None, b"a", b"b", b"c", None]
    assert dict(caller.sent[0]["headers"])[b"Set-Cookie"].startswith(b"a=1")
    assert set(threads) == set(finished)
    assert len(finished) == 1


def test_a_reader_who_leaves_is_not_read_to(finished):
    made = []

    def parts():
        for number in range(1000):
            made.append(number)
            yield b"x"

    ask(lambda request: StreamingHttpResponse(parts()), leaves_after=3)
    assert len(made) < 10
    assert len(finished) == 1


def test_no_more_requests_are_worked_on_than_there_are_threads():
    at_once, most, lock = 0, 0, threading.Lock()

    def view(request):
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        threading.Event().wait(0.01)
        with lock:
            at_once -= 1
        return HttpResponse()

    assert [caller.sent[0]["status"] for caller in ask(view, threads=3, callers=20)] == [200] * 20
    assert most == 3


def test_what_stands_apart_does_not_wait_for_the_others():
    is_called = threading.Event()

    def view(request):
        if request.path == "/called":
            is_called.set()
            return HttpResponse("called")
        return HttpResponse("waited" if is_called.wait(10) else "waited in vain")

    others = ask(view, threads=1, apart={"/called": 1}, scopes=[SCOPE, SCOPE, SCOPE | {"path": "/called"}])
    assert [caller.said for caller in others] == [b"waited", b"waited", b"called"]


def test_sockets_are_not_spoken():
    house = InThreads(1)
    with ThreadPoolExecutor(1) as loop, pytest.raises(ValueError, match="websocket"):
        loop.submit(asyncio.run, house({"type": "websocket"}, None, None)).result()
