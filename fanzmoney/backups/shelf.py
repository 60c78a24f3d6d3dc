"""The folder backups lie in: what is whole there, what is half, and how long each is kept."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fanzmoney.backups import manifest
from foundation.errors import NO_ROOM, Conflict, NotFound, Unavailable

KEYS_LIVE = timedelta(days=30)  # an erased person's key must be gone from every copy by then
NAME_FORMAT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Removed:
    """What was too old to be kept."""

    backups: list[str]
    keys: list[str]


class Shelf:
    """One folder of backups; a backup is a folder inside, named by the moment it was made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """The whole backups, newest first."""
        found = self.folder.iterdir() if self.folder.is_dir() else iter(())
        return sorted(entry.name for entry in found if (entry / manifest.FILE).is_file() and _made(entry.name))[::-1]

    def find(self, name: str) -> Path:
        """The folder of this backup, or of the newest; NotFound when it is not there."""
        names = self.names()
        chosen = name or (names[0] if names else "")
        if chosen not in names:
            detail = f"There is no whole backup {chosen or 'at all'} in {self.folder}."
            raise NotFound("backup.unknown", detail, known=names)
        return self.folder / chosen

    @contextmanager
    def new(self, at: datetime) -> Iterator[Path]:
        """A folder to write a backup into, given its name when everything in it is on disk; one writer at a time."""
        name = at.astimezone(UTC).strftime(NAME_FORMAT)
        draft = self.folder / f".{name}.partial"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._locked():
                self._remove_halves()
                try:
                    draft.mkdir(mode=0o700)
                    yield draft
                    _sync(draft)
                    draft.rename(self.folder / name)
                    _sync(self.folder)
                finally:
                    shutil.rmtree(draft, ignore_errors=True)
        except OSError as problem:
            if problem.errno not in NO_ROOM:
                raise
            raise Unavailable(
                "backup.no_room",
                f"There is no room in {self.folder} for another backup. Make some, keep fewer (--keep), or name "
                "another place (--to). What was half written is gone; the backups before it are whole.",
            ) from problem

    def forget(self, *, keep: int, at: datetime) -> Removed:
        """Remove all but the newest backups, and copies of keys older than they may live."""
        names, cut = self.names(), at - KEYS_LIVE
        with self._locked():
            for name in names[keep:]:
                (self.folder / name).rename(self.folder / f".{name}.partial")  # never half a backup that looks whole
            self._remove_halves()
            old = [name for name in names[:keep] if self.has_keys(name) and (_made(name) or at) < cut]
            for name in old:
                (self.folder / name / manifest.KEYS).unlink()
        return Removed(backups=names[keep:], keys=old)

    def has_keys(self, name: str) -> bool:
        return (self.folder / name / manifest.KEYS).exists()

    def oldest_keys(self) -> datetime | None:
        """Since when the oldest copy of the keys lies here."""
        return min((made for name in self.names() if self.has_keys(name) and (made := _made(name))), default=None)

    def _remove_halves(self) -> None:
        for left in self.folder.glob(".*.partial"):
            shutil.rmtree(left)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        handle = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise Conflict("backup.busy", f"Another backup is being written to {self.folder}; wait for it.") from None
        finally:
            os.close(handle)


def _made(name: str) -> datetime | None:
    """The moment a backup's name says."""
    try:
        return datetime.strptime(name, NAME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
