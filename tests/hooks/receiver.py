"""A platform's receiver: it keeps what it is sent, checks each signature by the published library, and misbehaves."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook


@dataclass
class Receiver:
    """What came, in the order in which it came; `answers` says what is answered to the next."""

    answers: Callable[[dict[str, Any]], int] = lambda told: 200
    url: str = ""
    secret: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    reply_headers: dict[str, str] = field(default_factory=dict)
    is_over: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        told = json.loads(body)
        with self.lock:
            self.calls.append(told)
            self.headers.append(headers)
            self.bodies.append(body)
        return self.answers(told)

    def sequences(self) -> list[int]:
        return [told["sequence"] for told in self.calls]

    def assert_signed(self, secret: str = "") -> None:
        """Every call bears a signature that the library of the standard accepts."""
        assert self.bodies
        for headers, body in zip(self.headers, self.bodies, strict=True):
            Webhook(secret or self.secret).verify(body, headers)


@contextmanager
def receiving(**wishes: Any) -> Iterator[Receiver]:
    """A receiver on this machine."""
    receiver = Receiver(**wishes)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.take({name.lower(): said for name, said in self.headers.items()}, body)
            if receiver.is_over:
                return
            said = b"what the receiver said, sk_live_abcdefghijklmnop"
            self.send_response(status)
            for name, value in receiver.reply_headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    try:
        yield receiver
    finally:
        receiver.is_over = True
        server.shutdown()
        server.server_close()
