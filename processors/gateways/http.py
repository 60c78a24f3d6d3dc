"""The one way out of the house to a provider: no retries, no redirects, and an honest word on what is certain."""

from __future__ import annotations

import http.client
import io
import logging
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import structlog
import urllib3
import urllib3.connection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, LocationValueError, NewConnectionError, SSLError

log = structlog.get_logger("fanz.gateway")
CHUNK, MOST_BYTES = 65_536, 32 * 1024 * 1024
HIDDEN = "…"
# The library's own log names whole addresses, and some providers want a password there.
logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    latency_ms: int = 0


class _InTime(io.RawIOBase):
    """What comes back, byte by byte if the other side likes, until the time for all of it is up."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase, ends: float) -> None:
        self._sock, self._raw, self._ends = sock, raw, ends

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int | None:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer is too slow")
        self._sock.settimeout(left)
        return self._raw.readinto(into)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, ends: float, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_InTime(sock, self.fp.detach(), ends))


class _EndsInTime:
    """A connection whose time-out is for the whole answer, not for each of its bytes."""

    timeout: float
    response_class: Any

    def getresponse(self) -> Any:
        self.response_class = partial(_Response, ends=time.monotonic() + self.timeout)
        return super().getresponse()  # type: ignore[misc]


class _Connection(_EndsInTime, urllib3.connection.HTTPConnection):  # type: ignore[misc]
    pass


class _SecureConnection(_EndsInTime, urllib3.connection.HTTPSConnection):  # type: ignore[misc]
    pass


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection  # type: ignore[assignment]


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection  # type: ignore[assignment]


_pool = urllib3.PoolManager(num_pools=32, maxsize=32, retries=False)
_pool.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


class NotSent(Exception):
    """Certain that nothing was written: refused, unknown host, no connection in time, a false certificate."""


class NoAnswer(Exception):
    """Something may have been written, and no whole answer came back."""


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes = b"",
    timeout: int = 15,
    connect_timeout: int = 3,
    redact: Iterable[str] = (),
) -> Answer:
    """Send once and read the whole answer in time. NotSent or NoAnswer; `redact` never appears in a log or error.

    Bodies, headers and queries are not logged at all.
    """
    started = time.monotonic()
    try:
        answer = _send(method, url, headers, body, timeout, connect_timeout, started)
    except (NotSent, NoAnswer) as lost:
        said = str(lost)
        for secret in filter(None, redact):
            said = said.replace(secret, HIDDEN)
        log.warning("gateway.call", method=method, host=urlsplit(url).netloc, lost=type(lost).__name__, said=said)
        raise type(lost)(said) from None
    log.debug(
        "gateway.call", method=method, host=urlsplit(url).netloc, status=answer.status, latency_ms=answer.latency_ms
    )
    return answer


def _send(
    method: str, url: str, headers: Mapping[str, str], body: bytes, timeout: int, connect_timeout: int, started: float
) -> Answer:
    try:
        reply = _pool.request(
            method, url, headers=dict(headers), body=body or None, redirect=False, preload_content=False,
            timeout=urllib3.Timeout(connect=connect_timeout, read=timeout),
        )  # fmt: skip
    except (NewConnectionError, ConnectTimeoutError, LocationValueError) as error:
        raise NotSent(type(error).__name__) from error
    except SSLError as error:
        certain = isinstance(error.args[0] if error.args else None, ssl.SSLCertVerificationError)
        raise (NotSent if certain else NoAnswer)(type(error).__name__) from error
    except HTTPError as error:
        raise NoAnswer(type(error).__name__) from error
    try:
        read = bytearray()
        for chunk in reply.stream(CHUNK):
            read += chunk
            if len(read) > MOST_BYTES or time.monotonic() - started > timeout + connect_timeout:
                reply.close()
                raise NoAnswer("the answer is too long, or too slow")
    except HTTPError as error:
        raise NoAnswer(type(error).__name__) from error
    finally:
        reply.release_conn()
    return Answer(reply.status, dict(reply.headers), bytes(read), int((time.monotonic() - started) * 1_000))
