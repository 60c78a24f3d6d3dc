"""What a backup says of itself, under a signature made with the backup key."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from foundation.errors import Conflict, Invalid, NotFound
from foundation.sealed import Damaged, derived, digest_of

FILE = "manifest.json"
FORMAT = 1
HOUSE, KEYS, FILES = "house.dump", "keys.dump", "files.tar"
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything needed to tell whether a backup is whole, ours, and fits this code."""

    name: str
    made_at: str
    version: str
    postgres: int
    key: str
    migrations: list[str]
    rows: dict[str, int]
    parts: dict[str, dict[str, Any]]
    format: int = FORMAT


def backup_key() -> bytes:
    """The key in BACKUP_KEY_FILE; NotFound or Invalid with what to do."""
    file = settings.BACKUP_KEY_FILE
    if not file.is_file():
        raise NotFound(
            "backup.no_key",
            "BACKUP_KEY_FILE names no file. Make one with `openssl rand -out backup.key 32`, chmod 600 it, and keep "
            "a copy in a safe: without it no backup can be read.",
        )
    key: bytes = file.read_bytes()
    if len(key) != KEY_BYTES:
        raise Invalid("backup.bad_key", f"{file} holds {len(key)} bytes instead of {KEY_BYTES}.")
    return key


def fingerprint(key: bytes) -> str:
    return hashlib.sha256(b"fanz backup key" + key).hexdigest()[:16]


def write(folder: Path, manifest: Manifest, key: bytes) -> None:
    said = asdict(manifest)
    with (folder / FILE).open("w") as out:
        out.write(json.dumps({**said, "signature": _signature(said, key)}, indent=1) + "\n")
        out.flush()
        os.fsync(out.fileno())


def read(folder: Path, key: bytes) -> Manifest:
    """The manifest of a backup made with this key; NotFound, Conflict or Damaged when it is not one."""
    if not (folder / FILE).is_file():
        raise NotFound("backup.unknown", f"{folder} holds no whole backup.")
    try:
        said = json.loads((folder / FILE).read_text())
        signature, given_format, made_with = said.pop("signature"), said["format"], said["key"]
    except (ValueError, KeyError, AttributeError, TypeError) as problem:
        raise Damaged(detail=f"{folder / FILE} cannot be read; take another backup.") from problem
    if given_format != FORMAT:
        raise Conflict("backup.other_format", f"{folder} has format {given_format}; this code reads {FORMAT}.")
    if made_with != fingerprint(key):
        raise Conflict(
            "backup.foreign",
            f"{folder} was made with the backup key {made_with}, the one at hand is {fingerprint(key)}. "
            "Name that house's key in BACKUP_KEY_FILE.",
        )
    if not hmac.compare_digest(str(signature), _signature(said, key)):
        raise Damaged(detail=f"{folder / FILE} was altered; take another backup.")
    return Manifest(**said)


def check_parts(folder: Path, manifest: Manifest, names: list[str]) -> None:
    """Damaged unless these parts are there, byte for byte."""
    for name in names:
        file, said = folder / name, manifest.parts[name]
        if not file.is_file():
            raise Damaged(detail=f"{file} is missing; take another backup.")
        if file.stat().st_size != said["bytes"] or digest_of(file) != said["sha256"]:
            raise Damaged(detail=f"{file} is not the file that was written; take another backup.")


def check_schema(manifest: Manifest) -> None:
    """Conflict unless the backup's tables are the ones this code works with."""
    ours = set(_migrations_of_this_code())
    newer = sorted(set(manifest.migrations) - ours)
    older = sorted(ours - set(manifest.migrations))
    if newer:
        raise Conflict(
            "backup.newer_schema",
            f"It was made by newer code (version {manifest.version}): {newer[0]} is not known here. Restore it with "
            "that code.",
            unknown=newer,
        )
    if older:
        raise Conflict(
            "backup.older_schema",
            f"It was made by older code (version {manifest.version}), before {older[0]}. Restore it with that code, "
            "then run `manage.py migrate` with this one.",
            missing=older,
        )


def _migrations_of_this_code() -> list[str]:
    return [f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations]


def _signature(said: dict[str, Any], key: bytes) -> str:
    text = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    return hmac.digest(derived(key, b"", "manifest"), text, "sha256").hex()
