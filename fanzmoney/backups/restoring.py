"""Bring a copy back beside what lives, prove it, and only then give it its name."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from fanzmoney.backups import manifest, servers
from fanzmoney.backups.manifest import FILES, HOUSE, KEYS, Manifest
from fanzmoney.backups.placing import Place
from fanzmoney.backups.servers import Database
from fanzmoney.backups.shelf import Shelf
from foundation.actors import Actor
from foundation.audit.services import record
from foundation.commands import Exit
from foundation.crash import crash_point
from foundation.errors import Conflict, NotFound, Unavailable
from foundation.identity import erasures
from foundation.sealed import Unsealing

DRILLED, FAILED = "backup.drilled", "backup.drill_failed"
Drafts = tuple[Database, Database]
READERS = {"fanz_owner": ("fanz_app",), "fanz_keys": ()}


@dataclass
class Copy:
    """A backup as two databases and a folder, and what proving it found."""

    house: Database
    keys: Database
    folder: Path
    backup: Manifest
    forgotten: dict[str, int] = field(default_factory=dict)
    proofs: dict[str, Any] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)


def drill(*, folder: Path, name: str, listed_in: Path, by: Actor) -> dict[str, Any]:
    """Bring a backup back beside the living house, prove it, and remove it; what was found is recorded."""
    began, (house, keys) = time.monotonic(), servers.live()
    drafts = house.called(f"{house.name}_drill"), keys.called(f"{keys.name}_drill")
    with _brought_back(folder, name, "", drafts, listed_in) as copy:
        answer = {**_answer(copy), "seconds": round(time.monotonic() - began, 1)}
    told = {**answer, "findings": len(copy.findings), "machine": socket.gethostname()}
    record(FAILED if copy.findings else DRILLED, by=by, subject=("backup", copy.backup.name), **told)
    return answer


def restore(
    *, folder: Path, name: str, keys_from: str, house_name: str, keys_name: str, files: Path, listed_in: Path
) -> dict[str, Any]:
    """Bring a backup back as databases of these names; Conflict where they, or the files, already are something."""
    began, (house, keys) = time.monotonic(), servers.live()
    place = Place(house.called(house_name or house.name), keys.called(keys_name or keys.name), files.resolve())
    with place.held() as mark:
        with _brought_back(folder, name, keys_from, place.drafts, listed_in, mark) as copy:
            answer = _answer(copy)
            if not copy.findings:
                place.fill(copy.folder)
    restored = {"database": place.house.name, "keys_database": place.keys.name, "files": str(files)}
    return {
        **answer,
        "restored": {} if copy.findings else restored,
        "seconds": round(time.monotonic() - began, 1),
    }


def _answer(copy: Copy) -> dict[str, Any]:
    return {
        "backup": copy.backup.name,
        "made_at": copy.backup.made_at,
        "rows": sum(copy.backup.rows.values()),
        "forgotten": copy.forgotten,
        "proofs": copy.proofs,
        "findings": copy.findings,
    }


@contextmanager
def _brought_back(
    folder: Path, name: str, keys_from: str, drafts: Drafts, listed_in: Path, unpack_in: Path | None = None
) -> Iterator[Copy]:
    """A proven copy in two databases of its own, which are gone afterwards unless they were given another name."""
    key, shelf, (house, keys) = manifest.backup_key(), Shelf(folder), drafts
    erasures.read(listed_in)
    place = shelf.find(name)
    backup = manifest.read(place, key)
    keys_place, keys_backup = _with_keys(shelf, place, backup, keys_from, key)
    manifest.check_schema(backup)
    manifest.check_parts(place, backup, [HOUSE, FILES])
    manifest.check_parts(keys_place, keys_backup, [KEYS])
    with ExitStack() as stack:
        unpacking = tempfile.TemporaryDirectory(prefix="fanz-restore-", dir=unpack_in, ignore_cleanup_errors=True)
        scratch = Path(stack.enter_context(unpacking))
        stack.enter_context(house.lock())
        for database, part, source, of in ((house, HOUSE, place, backup), (keys, KEYS, keys_place, keys_backup)):
            database.drop()  # what a killed run left
            stack.callback(database.drop)
            database.create()
            with closing(Unsealing(source / part, key, f"{of.name}/{part}")) as content:
                database.fill(content)
            database.open_to(*READERS[database.owner])
            crash_point(f"restore.filled_{database.owner}")
        with closing(Unsealing(place / FILES, key, f"{backup.name}/{FILES}")) as content:
            with tarfile.open(fileobj=content, mode="r|") as archive:  # type: ignore[call-overload]
                archive.extractall(scratch, filter="data")
        copy = Copy(house, keys, scratch, backup)
        _prove(copy, listed_in)
        yield copy


def _with_keys(shelf: Shelf, place: Path, backup: Manifest, keys_from: str, key: bytes) -> tuple[Path, Manifest]:
    """Which backup's keys open this one: its own while they live, later a younger one's."""
    if not keys_from and shelf.has_keys(place.name):
        return place, backup
    if not keys_from:
        younger = [name for name in shelf.names() if name > place.name and shelf.has_keys(name)]
        raise Conflict(
            "backup.keys_expired",
            f"The keys of {place.name} were removed, as they are from every backup after 30 days. A younger copy of "
            "them opens it too: name one with --keys-from.",
            younger=younger,
        )
    if keys_from < place.name:
        raise Conflict("backup.older_keys", f"{keys_from} is older than {place.name}: keys would be missing.")
    if not shelf.has_keys(shelf.find(keys_from).name):
        raise NotFound("backup.keys_expired", f"{keys_from} holds no keys any more.")
    return shelf.find(keys_from), manifest.read(shelf.find(keys_from), key)


def _prove(copy: Copy, listed_in: Path) -> None:
    """Every row is there, the erased stay erased, keys open, books balance, and the chain is unbroken."""
    with copy.house.connected() as connection:
        rows = copy.house.rows(connection)
    for table in sorted(rows.keys() | copy.backup.rows.keys()):
        if rows.get(table) != copy.backup.rows.get(table):
            copy.findings.append(f"{table} has {rows.get(table)} rows instead of {copy.backup.rows.get(table)}")
    said = _ask(copy, "backup_prove", "--list", str(listed_in.resolve()))
    copy.forgotten, copy.proofs = said["forgotten"], said["proofs"]
    copy.findings += said["findings"]


def _ask(copy: Copy, command: str, *arguments: str) -> dict[str, Any]:
    """What one of our commands says about the copy; its refusal is ours."""
    environment = {
        **os.environ,
        "DATABASE_URL": urlsplit(settings.DATABASE_URL)._replace(path=f"/{copy.house.name}").geturl(),
        "KEYS_DATABASE_URL": urlsplit(settings.KEYS_DATABASE_URL)._replace(path=f"/{copy.keys.name}").geturl(),
        "FANZ_STATE_DIR": str(copy.folder),
    }
    line = [sys.executable, str(settings.BASE_DIR / "manage.py"), command, "--json", "--no-input", *arguments]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError as problem:
        raise Unavailable("backup.failed", f"{command} did not answer: {done.stderr[-1000:]}") from problem
    if done.returncode not in (Exit.OK, Exit.FINDINGS):
        raise Conflict(str(answer["code"]), str(answer["detail"]), **answer["facts"])
    return answer
