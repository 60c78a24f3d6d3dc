"""One call to a receiver, which may be anybody: nothing it answers, and nothing its name leads to, is trusted."""

from __future__ import annotations

import contextlib
import functools
import http.client
import logging
import re
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

from foundation.hooks.rules.addresses import Target, is_loopback, is_public, read_url
from foundation.logs import mask_text

CONNECT_SECONDS, ANSWER_SECONDS, WHOLE_SECONDS = 5.0, 10.0, 20.0
MOST_READ, MOST_KEPT = 2048, 500
AGENT = "FanzMoneyDash-Webhooks/1"
Resolve = Callable[[str, int], list[str]]
log = logging.getLogger(__name__)
_UNSHOWABLE = re.compile(r"[^\t\n -~\u00a0-\ufffd]")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status, or the reason why there is none."""

    status: int | None
    error: str
    said: str
    milliseconds: int
    retry_after: int | None = None


class Unreachable(Exception):
    """There is no address this call may go to."""


def resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


@functools.cache
def tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class Call:
    """A POST that goes to an address looked at just before, follows nothing, and can be cut from outside."""

    def __init__(
        self, url: str, headers: dict[str, str], body: bytes, *, may_be_here: bool, resolve: Resolve = resolve
    ) -> None:
        self.target = read_url(url, may_be_here=may_be_here)
        self.headers, self.body, self.resolve = headers, body, resolve
        self.cut_at = time.monotonic() + WHOLE_SECONDS
        self.is_cut = False
        self._socket: socket.socket | None = None

    def make(self) -> Answer:
        """The answer, whatever happens."""
        began = time.monotonic()
        status, error, said, retry_after = None, "", "", None
        try:
            status, said, retry_after = self._call()
        except Unreachable:
            error = "address_refused"
        except socket.gaierror:
            error = "name_unknown"
        except ssl.SSLCertVerificationError:
            error = "certificate"
        except TimeoutError:
            error = "too_slow"
        except (OSError, http.client.HTTPException, ValueError):
            error = "too_slow" if self.is_cut else "broken_off" if self._socket else "not_connected"
        except Exception:
            log.exception("A call to a receiver ended in a way nobody foresaw.")
            error = "broken_off"
        finally:
            self._close()
        return Answer(status, error, said, int((time.monotonic() - began) * 1000), retry_after)

    def cut(self) -> None:
        """End it now, from another thread: a receiver that answers by the byte does not hold us."""
        self.is_cut = True
        if self._socket:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _call(self) -> tuple[int, str, int | None]:
        target = self.target
        if target is None:
            raise Unreachable
        addresses = self._addresses(target)
        self._socket = plain = self._connected(addresses, target.port)
        if target.is_tls:
            self._socket = tls().wrap_socket(plain, server_hostname=target.host)
        self._socket.settimeout(ANSWER_SECONDS)
        if self.is_cut or time.monotonic() > self.cut_at:
            raise TimeoutError
        connection = http.client.HTTPConnection(target.host, target.port)
        connection.sock = self._socket
        headers = {
            "Host": _host_header(target), "Content-Type": "application/json", "User-Agent": AGENT,
            "Connection": "close", **self.headers,
        }  # fmt: skip
        connection.request("POST", target.path, body=self.body, headers=headers)
        response = connection.getresponse()
        said = b""
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):  # the status says it all
            # Of chunks one read alone: `read` believes a size below zero and reads to the end.
            said = response.read1(MOST_READ) if response.chunked else response.read(MOST_READ)
        return response.status, excerpt(said), _seconds(response.getheader("Retry-After"))

    def _addresses(self, target: Target) -> list[str]:
        """What the name leads to now, if all of it may be called: the one called is among those looked at."""
        found = self.resolve(target.host, target.port)
        allowed = is_loopback if target.is_here else is_public
        if not found or not all(map(allowed, found)):
            raise Unreachable
        return found

    def _connected(self, addresses: list[str], port: int) -> socket.socket:
        failed: OSError = OSError("nowhere to go")
        for address in addresses[:2]:
            try:
                return socket.create_connection((address, port), timeout=CONNECT_SECONDS)
            except OSError as error:
                failed = error
        raise failed

    def _close(self) -> None:
        if self._socket:
            with contextlib.suppress(OSError):
                self._socket.close()


def excerpt(said: bytes) -> str:
    """The beginning of an answer as it may be shown: without what cannot be shown, cards, secrets and addresses."""
    return mask_text(_UNSHOWABLE.sub("\ufffd", said.decode("utf-8", "replace")))[:MOST_KEPT]


def _host_header(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return host if target.port == (443 if target.is_tls else 80) else f"{host}:{target.port}"


def _seconds(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else None
