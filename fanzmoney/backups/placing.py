"""Where a copy goes: refused while it is alive or holds something, marked while half done, named when all is there."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from fanzmoney.backups import servers
from fanzmoney.backups.half import draft_of
from fanzmoney.backups.making import LATER, ROOTS
from fanzmoney.backups.servers import Database
from foundation.crash import crash_point
from foundation.errors import Conflict

PARTS, MARK = (ROOTS, *LATER), ".restoring"


@dataclass(frozen=True, slots=True)
class Place:
    """Two databases and a folder that are nothing yet, or what a killed restore left."""

    house: Database
    keys: Database
    files: Path

    @property
    def drafts(self) -> tuple[Database, Database]:
        return self.house.called(draft_of(self.house.name)), self.keys.called(draft_of(self.keys.name))

    @contextmanager
    def held(self) -> Iterator[Path]:
        """A folder to unpack into, while nobody else brings anything back here; Conflict when the place is taken."""
        with ExitStack() as stack:
            for target in (self.house, self.keys):
                stack.enter_context(target.lock())
            self._refuse_databases()
            self.files.mkdir(mode=0o700, parents=True, exist_ok=True)
            stack.enter_context(_locked(self.files))
            self._refuse_files()
            self._mark.mkdir(mode=0o700, exist_ok=True)
            (self._mark / "house").write_text(self.house.name)
            try:
                yield self._mark
            finally:
                named = () if self.house.is_empty() else PARTS
                for part in {*PARTS, MARK}.difference(named):
                    shutil.rmtree(self.files / part, ignore_errors=True)

    def fill(self, unpacked: Path) -> None:
        """Put the files in place, and give the proven drafts their names, which is the moment it is restored."""
        self._refuse_databases()
        for part in PARTS:
            shutil.rmtree(self.files / part, ignore_errors=True)
            if (unpacked / part).exists():
                (unpacked / part).rename(self.files / part)
        crash_point("restore.before_names")
        servers.take_names(zip(self.drafts, (self.house, self.keys), strict=True))

    @property
    def _mark(self) -> Path:
        return self.files / MARK

    def _refuse_databases(self) -> None:
        for target in (self.house, self.keys):
            if not target.is_empty():
                raise Conflict(
                    "backup.not_empty",
                    f"The database {target.name} holds tables: nothing is ever restored over it. Name a new one with "
                    "--database and --keys-database, look at it, and point DATABASE_URL and KEYS_DATABASE_URL there.",
                )
            if roles := target.used_by():
                raise Conflict(
                    "backup.in_use",
                    f"{target.name} is alive: {', '.join(roles)} work in it. Stop the programs, or name new databases "
                    "with --database and --keys-database.",
                )

    def _refuse_files(self) -> None:
        begun_for = self._mark / "house"
        if begun_for.exists() and begun_for.read_text() == self.house.name and self.drafts[0].exists():
            return  # a killed restore put them there, and the house never had its name
        for part in PARTS:
            if (self.files / part).exists():
                raise Conflict(
                    "backup.files_exist",
                    f"{self.files / part} is there already. Name an empty folder with --files, or put the old one "
                    "aside.",
                )


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Conflict("backup.busy", f"Another restore is writing to {folder}; wait for it.") from None
    finally:
        os.close(handle)
