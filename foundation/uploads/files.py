"""Where contents lie: outside everything that is served, under random names, readable with the person's key alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from uuid import UUID

from django.conf import settings

from foundation.errors import NO_ROOM, Unavailable
from foundation.identity import keys

REMOVING = "hashtextextended('uploads.removing', 0)"
"""The lock of whoever removes what a row names; held shared by whoever copies rows and files one after the other."""


def folder() -> Path:
    return Path(settings.STATE_DIR) / "uploads"


def store(content: bytes, *, key_id: UUID | None, bound_to: UUID) -> str:
    """Write it, on disk before this returns; the name it got. Unavailable when there is no room: nothing is left."""
    name, sealed = secrets.token_hex(32), keys.seal(keys.read_key(key_id), content, bound_to=bound_to)
    place = _place(name)
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as out:
            out.write(sealed)
            out.flush()
            os.fsync(out.fileno())
    except BaseException as problem:
        place.unlink(missing_ok=True)
        if isinstance(problem, OSError) and problem.errno in NO_ROOM:
            detail = "There is no room for documents at this moment; nothing was kept. Send it again later."
            raise Unavailable("uploads.no_room", detail, retry_after=60) from problem
        raise
    return name


def read(name: str, *, key_id: UUID | None, bound_to: UUID) -> bytes:
    """The content; KeyDestroyed when the person was erased."""
    return keys.unseal(keys.read_key(key_id), _place(name).read_bytes(), bound_to=bound_to)


def remove(name: str) -> None:
    _place(name).unlink(missing_ok=True)


def names() -> set[str]:
    return {file.name for file in folder().glob("*/*")}


def age_seconds(name: str, now: float) -> float:
    return now - _place(name).stat().st_mtime


def _place(name: str) -> Path:
    return folder() / name[:2] / name
