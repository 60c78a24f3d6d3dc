"""A virus scanner that speaks clamd's protocol: it knows one virus, the harmless one everybody tests with."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
REMEMBERED = 5
MOST_BYTES = 25 * 1024 * 1024


class _Caller(socketserver.StreamRequestHandler):
    server: Clamd

    def handle(self) -> None:
        command = self._line()
        if not command:
            return
        if self.server.is_silent:
            self.server.end.wait()
        elif command == b"zPING":
            self.wfile.write(b"PONG\0")
        elif command == b"zINSTREAM":
            if answer := self._scan():
                self.wfile.write(answer + b"\0")
        else:
            self.wfile.write(b"UNKNOWN COMMAND\0")

    def _line(self) -> bytes:
        said = b""
        while not said.endswith(b"\0") and len(said) < 100:
            if not (more := self.rfile.read(1)):
                return b""
            said += more
        return said.rstrip(b"\0")

    def _scan(self) -> bytes:
        """The answer; empty when the caller hung up."""
        content = b""
        while (header := self.rfile.read(4)) != bytes(4):
            if len(header) < 4:
                return b""
            (length,) = struct.unpack(">I", header)
            content += self.rfile.read(length)
            if len(content) > MOST_BYTES:
                return b"INSTREAM size limit exceeded. ERROR"
        self.server.scanned.append(content)
        return b"stream: Win.Test.EICAR_HDB-1 FOUND" if EICAR in content else b"stream: OK"


class Clamd(socketserver.ThreadingTCPServer):
    """What was handed to it last stands in `scanned`; a silent one takes calls and never answers."""

    allow_reuse_address, daemon_threads = True, True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Caller)
        self.scanned: deque[bytes] = deque(maxlen=REMEMBERED)
        self.is_silent, self.end = False, threading.Event()

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self.server_address[1]}"


@contextmanager
def clamd(port: int = 0) -> Iterator[Clamd]:
    """A scanner while the block runs."""
    with Clamd(port) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.end.set()
            server.shutdown()
            thread.join()
