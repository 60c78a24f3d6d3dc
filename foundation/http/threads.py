"""Django behind an ASGI server, as fast as behind any other: a request stays in one thread from door to door.

Django's own handler changes threads between middleware and view and starts a thread for every request; that costs
several times what it takes to answer one.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from foundation.http.asgi import Message, Receive, Send

THREADS = 64
"""Who waits for a slow provider holds one of these and nothing else; who works holds a connection of the pool too."""


class InThreads(ASGIHandler):
    """Answers requests in a bounded number of threads, each from its first middleware to its last byte.

    What comes to an address that begins with one of `apart` has so many threads of its own, and waits for no other.
    """

    def __init__(self, threads: int = THREADS, *, apart: Mapping[str, int] | None = None) -> None:
        BaseHandler.__init__(self)
        self.load_middleware()
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self.apart = {
            start: ThreadPoolExecutor(many, thread_name_prefix=start) for start, many in (apart or {}).items()
        }

    def _threads_of(self, path: str) -> ThreadPoolExecutor:
        return next((threads for start, threads in self.apart.items() if path.startswith(start)), self.threads)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:  # type: ignore[override]
        if scope["type"] != "http":
            raise ValueError(f"only HTTP is spoken here, not {scope['type']}")
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        reader = Reader(receive, send)
        with body:
            response = await reader.loop.run_in_executor(
                self._threads_of(scope["path"]), self._answer, scope, body, reader
            )
            if not response.streaming:
                await self.send_response(response, send)  # type: ignore[arg-type]

    def _answer(self, scope: Message, body: Any, reader: Reader) -> HttpResponseBase:
        """The response; what it held is given back, and what is streamed is sent, before the thread takes another."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, refused = self.create_request(scope, body)
        response: Any = self.get_response(request) if request is not None else refused
        response._handler_class = self.__class__
        try:
            if response.streaming:
                response.block_size = self.chunk_size  # how much a file gives at once
                reader.stream(response)
        finally:
            response.close()
        return response


class Reader:
    """Whoever asked, as seen from a thread."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self.receive, self.send = receive, send
        self.loop = asyncio.get_running_loop()
        self.is_gone = threading.Event()

    def stream(self, response: Any) -> None:
        """Part by part, each when the one before was taken, until the reader leaves."""
        watching = asyncio.run_coroutine_threadsafe(self._watch(), self.loop)
        cookies = [("Set-Cookie", cookie.output(header="").strip()) for cookie in response.cookies.values()]
        headers = [(name.encode("ascii"), value.encode("latin1")) for name, value in (*response.items(), *cookies)]
        try:
            self._say({"type": "http.response.start", "status": response.status_code, "headers": headers})
            for part in response:
                if self.is_gone.is_set():
                    return
                self._say({"type": "http.response.body", "body": part, "more_body": True})
            self._say({"type": "http.response.body"})
        finally:
            watching.cancel()

    def _say(self, message: Message) -> None:
        asyncio.run_coroutine_threadsafe(self._sent(message), self.loop).result()

    async def _sent(self, message: Message) -> None:
        await self.send(message)

    async def _watch(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass
        self.is_gone.set()
