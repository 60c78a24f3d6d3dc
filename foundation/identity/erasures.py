"""The list of destroyed keys, kept outside both databases: what a copy brought back has to forget again."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from foundation.errors import Invalid, NotFound

Erased = tuple[UUID, datetime]


def journal() -> Path:
    return Path(settings.STATE_DIR) / "erasures.jsonl"


def write_down(erased: Iterable[Erased]) -> None:
    """Add lines, on disk before this returns; what cannot be written whole is not written."""
    lines = [json.dumps({"key": str(id), "destroyed_at": at.isoformat()}) + "\n" for id, at in erased]
    handle = os.open(journal(), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        length = os.fstat(handle).st_size
        try:
            with open(handle, "ab", closefd=False) as out:
                out.write("".join(lines).encode())
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, length)
            raise
    finally:
        os.close(handle)


def read(file: Path) -> dict[UUID, datetime]:
    """Every key the list names; NotFound without a list, Invalid where a line cannot be understood."""
    if not file.exists():
        raise NotFound(
            "identity.erasures_missing",
            f"{file} is not there. It names the people who were erased: bring it from where it is kept. If nobody "
            "ever was, an empty file says so.",
        )
    found = {}
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        try:
            said = json.loads(line)
            found[UUID(said["key"])] = datetime.fromisoformat(said["destroyed_at"])
        except (ValueError, KeyError, TypeError) as problem:
            raise Invalid(
                "identity.erasures_unreadable", f"Line {number} of {file} is damaged; take another copy of the list."
            ) from problem
    return found
