"""`python -m fanzmoney.async_door --port 8000`: sockets and pages by uvicorn, and how it ends: like `doors`."""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

import uvicorn

from foundation.http import ending
from foundation.http.ending import SAYING_SECONDS

END_SECONDS = 25
SPEAKING_SECONDS = 0.5
"""So long whoever was let in last has for the first word; uvicorn alone would hang up on them."""


class AsyncDoor(uvicorn.Server):
    """Says that it ends and still takes who comes, closes, answers whoever is inside, and sends sockets away (1012)."""

    def __init__(self, config: uvicorn.Config, *, saying_seconds: float) -> None:
        super().__init__(config)
        self.saying_seconds = saying_seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        ending.say()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await asyncio.sleep(self.saying_seconds)
        for server in self.servers:
            server.close()
        await asyncio.sleep(SPEAKING_SECONDS)
        await super().shutdown(sockets)


def serve(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="async_door", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--saying", type=float, default=SAYING_SECONDS, help="seconds between saying it and closing")
    parser.add_argument("--end", type=float, default=END_SECONDS, help="seconds after which it has ended at the latest")
    asked = parser.parse_args(arguments)
    config = uvicorn.Config(
        "fanzmoney.asgi:application", host=asked.host, port=asked.port, lifespan="off", log_level="warning",
        access_log=False, server_header=False, proxy_headers=False, ws_max_size=16_384,
        timeout_graceful_shutdown=max(1, int(asked.end - asked.saying - SPEAKING_SECONDS)),
    )  # fmt: skip
    signal.signal(signal.SIGTERM, _end)  # uvicorn raises it once more when it has let everybody go
    try:
        AsyncDoor(config, saying_seconds=asked.saying).run()
    finally:
        from foundation.requests.writing import write_or_say

        write_or_say()


def _end(_: int, __: object) -> NoReturn:
    sys.exit(0)


if __name__ == "__main__":
    serve()
