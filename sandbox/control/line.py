"""The caller's line under a request, so that it can be cut as a real network cuts it."""

from __future__ import annotations

import asyncio
from typing import cast

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TRANSPORT = "sandbox.transport"


class Line(HttpToolsProtocol):
    """HTTP that tells the application which connection a request came on."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: cast(dict[object, object], self.transport)}


class HungUp(Response):
    """No answer: the caller sees its connection close."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        _transport(scope).abort()
        await _gone(receive)


class CutOff(Response):
    """Half of an answer that promised to be whole."""

    def __init__(self, whole: Response) -> None:
        self.whole = whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        whole = self.whole
        body = bytes(whole.body)
        await send({"type": "http.response.start", "status": whole.status_code, "headers": whole.raw_headers})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        _transport(scope).close()
        await _gone(receive)


def _transport(scope: Scope) -> asyncio.Transport:
    return cast(asyncio.Transport, scope["extensions"][TRANSPORT])


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
