"""A CCBill that charges or does not, and answers as no provider should: nonsense, halves, drips, nothing."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from random import Random
from urllib.parse import unquote

OK, BROKEN = "200 OK", "500 Internal Server Error"
# After a charge only what leaves everything open, before it also what says for sure that nothing was done.
UNCLEAR: tuple[tuple[str, bytes], ...] = (
    (BROKEN, b""), (BROKEN, b"<html>oops</html>"), ("502 Bad Gateway", b"{}"), (OK, b""), (OK, b"null"), (OK, b"[]"),
    (OK, b"<html>maintenance</html>"), (OK, b"{"), (OK, b'{"approved": NaN}'), (OK, b'{"approved": "true"}'),
    (OK, b'{"approved": true}'), (OK, b'{"approved": true, "subscriptionId": 1e309}'), (OK, b"\xff\xfe\x00"),
    (OK, b'{"approved": true, "subscriptionId": {"a": 1}}'), (OK, b'{"approved": 1, "subscriptionId": "77"}'),
    (OK, b'{"subscriptionId": "77"}'), (OK, b"[" * 100_000), (OK, b'{"a":' * 50_000), (OK, b"1" * 5_000_000),
    (OK, b'{"approved": true, "approved": false, "subscriptionId": "1 2"}'), ("204 No Content", b""),
    ("302 Found", b""), ("599 Odd", b'{"errorCode": "NaN"}'), (BROKEN, b'{"errorCode": 999999999999999999999}'),
)  # fmt: skip
REFUSALS: tuple[tuple[str, bytes], ...] = (
    ("429 Too Many Requests", b""), ("429 Too Many Requests", b'{"errorCode": 100110}'), ("403 Forbidden", b"{}"),
    (OK, b'{"approved": false, "declineCode": 24}'), (OK, b'{"approved": false, "declineCode": {"x": NaN}}'),
)  # fmt: skip
WAYS = ("whole", "cut", "drip", "hang", "reset", "closed", "endless")


class WildProvider:
    """One account with it. What it really took stands in `taken`, by reference; `is_calm`: from now on it is honest."""

    def __init__(self, random: Random) -> None:
        self.random, self.is_calm = random, False
        self.taken: dict[str, list[str]] = {}
        self._by_token: dict[str, list[str]] = {}
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            head, body = _request(connection)
            if "/oauth/token" in head:
                _send(connection, OK, json.dumps({"access_token": "b", "expires_in": 3_600}).encode())
            elif head.startswith("POST"):
                self._charge(connection, _token(head), body)
            elif self.is_calm or self.random.random() < 0.3:
                rows = [{"subscriptionId": number} for number in self._by_token.get(_token(head), ())]
                _send(connection, OK, json.dumps(rows).encode())
            else:
                self._misbehave(connection, *self.random.choice([one for one in UNCLEAR if b'"77"' not in one[1]]))

    def _charge(self, connection: socket.socket, token: str, body: bytes) -> None:
        if self.random.random() < 0.5:
            self._misbehave(connection, *self.random.choice((*UNCLEAR, *REFUSALS)))
            return
        number, (named,) = str(self.random.randrange(10**12)), json.loads(body)["passThroughInfo"]
        self.taken.setdefault(named["value"], []).append(number)
        self._by_token.setdefault(token, []).append(number)
        said = json.dumps({"approved": True, "subscriptionId": number}).encode()
        self._misbehave(connection, *self.random.choice((*UNCLEAR, *[(OK, said)] * 12)))

    def _misbehave(self, connection: socket.socket, status: str, body: bytes) -> None:
        whole = b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)
        match "whole" if self.random.random() < 0.5 else self.random.choice(WAYS):
            case "whole":
                connection.sendall(whole)
            case "cut":
                connection.sendall(whole[: self.random.randrange(len(whole))])
            case "drip":
                for byte in whole[:200]:
                    connection.sendall(bytes([byte]))
                    time.sleep(0.05)
            case "hang":
                time.sleep(5)
            case "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            case "endless":
                connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                ends = time.monotonic() + 5
                while time.monotonic() < ends:
                    connection.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")


@contextmanager
def wild(random: Random, count: int) -> Iterator[list[WildProvider]]:
    there = [WildProvider(random) for _ in range(count)]
    try:
        yield there
    finally:
        for one in there:
            one.close()


def _request(connection: socket.socket) -> tuple[str, bytes]:
    heard = b""
    while b"\r\n\r\n" not in heard:
        heard += connection.recv(65_536) or b"\r\n\r\n"
    head, _, body = heard.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    while length and len(body) < int(length[1]) and (more := connection.recv(65_536)):
        body += more
    return head.decode("latin-1"), body


def _token(head: str) -> str:
    found = re.search(r"/payment-tokens/([^?/ ]+)", head)
    return unquote(found[1]) if found else ""


def _send(connection: socket.socket, status: str, body: bytes) -> None:
    connection.sendall(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body))
