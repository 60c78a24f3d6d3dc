"""In front of Django: a request body has a bound, and what is beyond it is not even stored."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from foundation.http import ending
from foundation.http.problems import PROBLEM_JSON, problem
from foundation.http.strict_json import MOST_BYTES, TooLarge
from foundation.ids import uuid7

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

MOST_BYTES_OF_A_PAGE = 2 * 1024 * 1024
MOST_BYTES_WITH_A_FILE = 9 * 1024 * 1024
TAKES_A_FILE = re.compile(r"^/(api/v1/uploads|(starz/payouts|compliance/escalations)/[0-9a-f-]{36}/documents)$")


class BodyLimit:
    """Counts what arrives, whatever the length header says."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        limit = MOST_BYTES if scope["path"].startswith("/api/") else MOST_BYTES_OF_A_PAGE
        if TAKES_A_FILE.search(scope["path"]):
            limit = MOST_BYTES_WITH_A_FILE
        if _announced(scope) > limit:
            await _refuse(scope, send)
            return
        arrived = 0
        is_refused = False

        async def counted() -> Message:
            nonlocal arrived, is_refused
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > limit:
                is_refused = True
                return {"type": "http.disconnect"}
            return message

        async def answered(message: Message) -> None:
            if not is_refused:
                await send(message)

        await self.application(scope, counted, answered)
        if is_refused:
            await _refuse(scope, send)


class LastWords:
    """While the process ends, each answer is the last on its connection: the next is asked at another door."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        async def said(message: Message) -> None:
            if message["type"] == "http.response.start" and ending.is_said():
                message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        await self.application(scope, receive, said)


def _announced(scope: Message) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0


async def _refuse(scope: Message, send: Send) -> None:
    refusal, request_id = TooLarge(), str(uuid7())
    if scope["path"].startswith("/api/"):
        kind, body = PROBLEM_JSON, json.dumps(problem(refusal, instance=scope["path"], request_id=request_id))
    else:
        kind, body = "text/plain; charset=utf-8", refusal.title
    headers = [
        (b"content-type", kind.encode()), (b"content-length", str(len(body)).encode()),
        (b"x-request-id", request_id.encode()), (b"connection", b"close"), (b"cache-control", b"no-store"),
    ]  # fmt: skip
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
