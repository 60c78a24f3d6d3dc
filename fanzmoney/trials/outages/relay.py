"""A wire between the house and a server that can be made slow, silent or short."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

CHUNK = 65_536


class Relay:
    """Passes on whatever arrives, as well as it is told to."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.delay = 0.0
        self.is_silent = False
        self.left: int | None = None
        """So many bytes pass yet; then every connection ends in the middle of a word."""
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port: int = self._listening.getsockname()[1]
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def calm(self) -> None:
        self.delay, self.is_silent, self.left = 0.0, False, None

    def cut(self) -> None:
        """End every connection now."""
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._listening.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                caller.close()
                continue
            server.settimeout(None)
            self._open |= {caller, server}
            for source, sink in ((caller, server), (server, caller)):
                threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while heard := source.recv(CHUNK):
                while self.is_silent:
                    time.sleep(0.02)
                time.sleep(self.delay)
                if self.left is not None:
                    heard, self.left = heard[: self.left], max(0, self.left - len(heard))
                sink.sendall(heard)
                if self.left == 0:
                    break
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
            self._open.discard(end)
