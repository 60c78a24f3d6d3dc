"""XW3: bodies that are too large, too deep, packed or in too many parts, sent to the servers that production runs."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from django.conf import settings

from fanzmoney.launcher import ports
from fanzmoney.launcher.children import die_with_parent
from foundation.faults import Battery, Run, batteries

MEGABYTE = 1024 * 1024
SERVERS = {
    "gunicorn": ["fanzmoney.wsgi:application", "--workers", "1", "--threads", "4", "--log-level", "critical"],
    "uvicorn": ["fanzmoney.asgi:application", "--lifespan", "off", "--log-level", "critical"],
}
PATIENCE_SECONDS, ANSWER_SECONDS = 90, 15
MOST_GROWTH = 50 * MEGABYTE
BOUNDARY = "partition"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
Body = bytes | Iterator[bytes]


def _parts(count: int) -> bytes:
    part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f{{}}"; filename="a"\r\n\r\nx\r\n'
    return "".join(part.format(number) for number in range(count)).encode() + f"--{BOUNDARY}--\r\n".encode()


def _keys(count: int) -> bytes:
    return json.dumps(dict.fromkeys(map(str, range(count)), 1)).encode()


def _packed() -> bytes:
    return gzip.compress(b"a" * 100 * MEGABYTE)


def _endless(megabytes: int) -> Iterator[bytes]:
    for _ in range(megabytes):
        yield b"a" * MEGABYTE


# What is sent: how it is called, where, as what, with which further headers, and the body.
FLOODS: tuple[tuple[str, str, str, dict[str, str], Callable[[], Body]], ...] = (
    ("100 MB", "/api/v1/oauth/token", JSON, {}, lambda: b"a" * 100 * MEGABYTE),
    ("100 MB of unsaid length", "/api/v1/oauth/token", JSON, {}, lambda: _endless(100)),
    ("100 MB to a page", "/login", FORM, {}, lambda: _endless(100)),
    ("10,000 levels", "/api/v1/oauth/token", JSON, {}, lambda: b"[" * 10_000 + b"]" * 10_000),
    ("10,000 objects", "/api/v1/oauth/token", JSON, {}, lambda: b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
    ("a million keys", "/api/v1/oauth/token", JSON, {}, lambda: _keys(10**6)),
    ("many keys that fit", "/api/v1/oauth/token", JSON, {}, lambda: _keys(5_000)),
    ("a packed bomb", "/api/v1/oauth/token", JSON, {"Content-Encoding": "gzip"}, _packed),
    ("20,000 parts", "/login", f"multipart/form-data; boundary={BOUNDARY}", {}, lambda: _parts(20_000)),
    ("parts for an API", "/api/v1/oauth/token", f"multipart/form-data; boundary={BOUNDARY}", {}, lambda: _parts(100)),
    ("many fields", "/login", FORM, {}, lambda: b"&".join(b"f%d=1" % number for number in range(100_000))),
    ("a webhook of 100 MB", "/webhooks/ccbill/", FORM, {}, lambda: b"a" * 100 * MEGABYTE),
)  # fmt: skip


class Server:
    """One web server of its own kind, and the memory of all its processes."""

    def __init__(self, kind: str) -> None:
        self.kind, self.port = kind, ports.any_free()
        where = ["--bind", f"127.0.0.1:{self.port}"] if kind == "gunicorn" else ["--port", str(self.port)]
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", kind, *SERVERS[kind], *where], cwd=settings.BASE_DIR, env=dict(os.environ),
            preexec_fn=die_with_parent(signal.SIGTERM), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.ask("GET", "/login", b"", {})[0] != 200:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{kind} did not start")
            time.sleep(0.1)
        self.memory_at_first = self.memory()

    def memory(self) -> int:
        """The most that any of its processes ever held."""
        pids = [self.process.pid, *_children(self.process.pid)]
        return max(_most_held(pid) for pid in pids)

    def ask(self, method: str, path: str, body: Body, headers: dict[str, str]) -> tuple[int, float]:
        """The status (0: it hung up, which refuses too; -1: no answer came) and the seconds it took."""
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        try:
            connection.request(method, path, body or None, headers, encode_chunked=not isinstance(body, bytes))
            return connection.getresponse().status, time.monotonic() - began
        except TimeoutError:
            return -1, time.monotonic() - began
        except (OSError, http.client.HTTPException):
            return 0, time.monotonic() - began
        finally:
            connection.close()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _most_held(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def flood(run: Run) -> None:
    """Each is refused, nobody waits long, and nothing of it stays in memory."""
    with ExitStack() as ends:
        servers = []
        for kind in SERVERS:
            servers.append(Server(kind))
            ends.callback(servers[-1].stop)
        tries = [(server, told) for told in FLOODS for server in servers]
        for trial in run:
            server, (name, path, kind, more, body) = tries[(trial - 1) % len(tries)]
            sent = body()
            chunked = {} if isinstance(sent, bytes) else {"Transfer-Encoding": "chunked"}
            status, seconds = server.ask("POST", path, sent, {"Content-Type": kind, **more, **chunked})
            if status == -1 or 200 <= status < 400 or status >= 500:
                run.violated(f"{server.kind}: {name} is answered {status} after {seconds:.1f} s")
            if (still := server.ask("GET", "/login", b"", {})[0]) != 200:
                run.violated(f"{server.kind}: after {name} a page is answered {still}")
            grown = server.memory() - server.memory_at_first
            if grown > MOST_GROWTH:
                run.violated(f"{server.kind}: by {name} it grew by {grown // MEGABYTE} MB")
                server.memory_at_first = server.memory()


batteries.add("floods", Battery("Bodies too large, deep, packed or parted: refused, and nothing stays (XW3)", flood))
