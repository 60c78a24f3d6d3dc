"""A body without end is refused before anything keeps it."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from foundation.http.asgi import MOST_BYTES_OF_A_PAGE, BodyLimit
from foundation.http.strict_json import MOST_BYTES


class Reader:
    """An application that reads its whole body and says how long it was, as Django's does."""

    def __init__(self):
        self.length = 0

    async def __call__(self, scope, receive, send):
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            self.length += len(message["body"])
            if not message.get("more_body"):
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(self.length).encode()})


def run(coroutine):
    """In a thread of its own: a browser that was driven in this process leaves its loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, coroutine).result()


def ask(path, chunks, announced=None):
    sent, reader, left = [], Reader(), iter(chunks)
    headers = [] if announced is None else [(b"content-length", str(announced).encode())]

    async def receive():
        chunk = next(left, None)
        return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}

    async def send(message):
        sent.append(message)

    run(BodyLimit(reader)({"type": "http", "path": path, "headers": headers}, receive, send))
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"], reader.length


@pytest.mark.parametrize(("path", "limit"), [("/api/v1/x", MOST_BYTES), ("/login", MOST_BYTES_OF_A_PAGE)])
def test_what_fits_is_passed_on(path, limit):
    assert ask(path, [b"x" * (limit // 4)] * 4, announced=limit)[::2] == (200, str(limit).encode())


def test_an_announced_flood_is_not_read():
    status, headers, body, read = ask("/api/v1/x", [b"x"], announced=100 * 1024 * 1024)
    assert (status, read) == (413, 0)
    assert headers[b"content-type"] == b"application/problem+json"
    assert json.loads(body)["code"] == "request.too_large"


@pytest.mark.parametrize("announced", [None, 10, "many"])
def test_a_flood_that_hides_its_length_is_cut_off(announced):
    status, _, body, read = ask("/api/v1/x", (b"x" * 65536 for _ in range(10_000)), announced=announced)
    assert (status, json.loads(body)["status"]) == (413, 413)
    assert read <= MOST_BYTES


def test_a_page_says_it_in_words():
    assert ask("/login", [], announced=10**9)[2] == b"The request body is too large"


def test_sockets_are_none_of_its_business():
    seen = []

    async def application(scope, receive, send):
        seen.append(scope["type"])

    run(BodyLimit(application)({"type": "websocket"}, None, None))
    assert seen == ["websocket"]
