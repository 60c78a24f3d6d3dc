"""Take a copy of the house: one moment of its database, then the keys, then the files."""

from __future__ import annotations

import io
import os
import socket
import tarfile
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from fanzmoney.backups import manifest, servers
from fanzmoney.backups.manifest import FILES, HOUSE, KEYS, Manifest
from fanzmoney.backups.shelf import NAME_FORMAT, Shelf
from foundation.actors import Actor
from foundation.audit.services import record
from foundation.crash import crash_point
from foundation.identity.services import complete_the_list
from foundation.sealed import Sealing
from foundation.uploads.files import REMOVING

MADE = "backup.made"
# In this order. What the database names was written before it: each row has its key, its file, and its sealed root.
ROOTS, LATER = "seals", ("uploads",)


def make_backup(*, folder: Path, keep: int, by: Actor, at: datetime) -> dict[str, Any]:
    """One more whole backup in this folder, or none; then those beyond `keep` are removed."""
    key, (house, keys), shelf, began = manifest.backup_key(), servers.live(), Shelf(folder), time.monotonic()
    complete_the_list()
    with shelf.new(at) as draft:
        name = at.strftime(NAME_FORMAT)
        roots = _read(ROOTS)
        parts: dict[str, dict[str, Any]] = {}
        sealing = Sealing(draft / HOUSE, key, f"{name}/{HOUSE}")
        with house.connected() as connection:
            connection.execute(f"SELECT pg_advisory_lock_shared({REMOVING})")  # until every file is in
            major = servers.refuse_older_programs(connection)
            with connection.transaction():
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
                house.dump(sealing, snapshot=snapshot)
                rows = house.rows(connection)
                applied = connection.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1").fetchall()
            parts[HOUSE] = _finished(sealing)
            sealing = Sealing(draft / KEYS, key, f"{name}/{KEYS}")
            keys.dump(sealing)
            parts[KEYS] = _finished(sealing)
            sealing = Sealing(draft / FILES, key, f"{name}/{FILES}")
            _pack(sealing, roots)
            parts[FILES] = _finished(sealing)
        written = Manifest(
            name=name,
            made_at=at.isoformat(),
            version=settings.VERSION,
            postgres=major,
            key=manifest.fingerprint(key),
            migrations=[migration for (migration,) in applied],
            rows=rows,
            parts=parts,
        )
        manifest.write(draft, written, key)
        for file in draft.iterdir():
            file.chmod(0o400)
        crash_point("backup.before_name")
    removed = shelf.forget(keep=keep, at=at)
    size = sum(part["bytes"] for part in parts.values())
    answer = {
        "backup": name,
        "bytes": size,
        "seconds": round(time.monotonic() - began, 1),
        "rows": sum(rows.values()),
        "removed": removed.backups,
        "keys_removed": removed.keys,
    }
    oldest = shelf.oldest_keys()
    record(
        MADE, by=by, subject=("backup", name), machine=socket.gethostname(),
        oldest_keys=oldest.isoformat() if oldest else "", **answer,
    )  # fmt: skip
    return {**answer, "folder": str(folder / name)}


def _finished(sealing: Sealing) -> dict[str, Any]:
    return {"sha256": sealing.finish(), "bytes": sealing.bytes}


def _read(folder: str) -> dict[str, bytes]:
    files = (Path(settings.STATE_DIR) / folder).glob("*")
    return {f"{folder}/{file.name}": file.read_bytes() for file in sorted(files) if file.is_file()}


def _pack(out: Sealing, roots: dict[str, bytes]) -> None:
    """The files beside the databases; those of people are named by rows, so they are taken last."""
    state = Path(settings.STATE_DIR)
    with tarfile.open(fileobj=out, mode="w|") as archive:  # type: ignore[call-overload]
        for name, content in roots.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o600
            archive.addfile(entry, io.BytesIO(content))
        for folder in LATER:
            for place, _, names in os.walk(state / folder, onerror=_refuse_unless_gone):
                for path in (Path(place), *(Path(place, name) for name in sorted(names))):
                    with suppress(FileNotFoundError):  # it was removed meanwhile, as a refused document is
                        archive.add(path, arcname=str(path.relative_to(state)), recursive=False)


def _refuse_unless_gone(problem: OSError) -> None:
    if not isinstance(problem, FileNotFoundError):
        raise problem
