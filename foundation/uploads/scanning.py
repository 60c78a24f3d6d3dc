"""Ask a virus scanner by clamd's own protocol; without an answer nothing is known."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

PIECE, TIMEOUT_SECONDS, LONGEST_ANSWER = 1 << 16, 15.0, 4096


class ScannerSilent(Exception):
    """No answer, or none that can be understood."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the scanner found; empty when nothing."""

    finding: str


def is_there() -> bool:
    return bool(settings.CLAMD_URL)


def scan(content: bytes) -> Verdict:
    """INSTREAM: pieces with their length before them, a zero length at the end, one line back."""
    answer = _ask(
        b"zINSTREAM\0",
        *(
            struct.pack(">I", len(content[start : start + PIECE])) + content[start : start + PIECE]
            for start in range(0, len(content), PIECE)
        ),
        struct.pack(">I", 0),
    )
    if answer == "stream: OK":
        return Verdict("")
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return Verdict(answer.removeprefix("stream: ").removesuffix(" FOUND")[:200] or "unnamed")
    raise ScannerSilent(f"it answered {answer[:100]!r}")


def ping() -> None:
    """Nothing when it is well; ScannerSilent otherwise."""
    if (answer := _ask(b"zPING\0")) != "PONG":
        raise ScannerSilent(f"it answered {answer[:100]!r}")


def _ask(*pieces: bytes) -> str:
    try:
        with _connected() as door:
            for piece in pieces:
                door.sendall(piece)
            said = b""
            while b"\0" not in said and len(said) < LONGEST_ANSWER:
                more = door.recv(LONGEST_ANSWER)
                if not more:
                    break
                said += more
    except OSError as problem:
        raise ScannerSilent(f"{type(problem).__name__}: {problem}") from problem
    return said.split(b"\0", 1)[0].decode(errors="replace").strip()


def _connected() -> socket.socket:
    place = urlsplit(settings.CLAMD_URL)
    if place.scheme == "unix":
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        door.settimeout(TIMEOUT_SECONDS)
        try:
            door.connect(place.path)
        except OSError:
            door.close()
            raise
        return door
    return socket.create_connection((place.hostname or "127.0.0.1", place.port or 3310), timeout=TIMEOUT_SECONDS)
