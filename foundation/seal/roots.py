"""Signed copies of the chain's head outside the database: whoever rewrites it all cannot rewrite these."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from django.conf import settings

from foundation.seal.models import SealBlock
from foundation.seal.sources import Finding, head_of, scalar

HEAD_EVERY, ROOT_EVERY = timedelta(minutes=1), timedelta(hours=1)
PURPOSE = b"fanz seal root\n"


def folder() -> Path:
    return Path(settings.STATE_DIR) / "seals"


def export_when_due(name: str) -> None:
    """Write the head's hash down each minute, and add it to the list that is only ever added to each hour."""
    head = head_of(name)
    if head is None:
        return
    now: datetime = scalar("SELECT clock_timestamp()")
    head_file, list_file = folder() / f"{name}.head.json", folder() / f"{name}.jsonl"
    if _is_due(head_file, now, HEAD_EVERY):
        _replace(head_file, json.dumps(_signed(head, now)))
    if _is_due(list_file, now, ROOT_EVERY):
        _append(list_file, json.dumps(_signed(head, now)))


def exported(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every root that was written down for a source, with where it stands."""
    list_file, head_file = folder() / f"{name}.jsonl", folder() / f"{name}.head.json"
    if list_file.exists():
        for number, line in enumerate(list_file.read_text().splitlines(), start=1):
            yield f"{list_file.name} line {number}", _read(line)
    if head_file.exists():
        yield head_file.name, _read(head_file.read_text())


def last_exported_at(name: str) -> datetime | None:
    return _written_at(folder() / f"{name}.jsonl")


def compare(name: str) -> tuple[int, list[Finding]]:
    """Hold the chain against the roots outside: a cut tail or a rewritten chain cannot agree with them."""
    found, checked = [], 0
    for where, line in exported(name):
        checked += 1
        number = int(line.get("number") or 0)
        if not _is_ours(line):
            found.append(Finding(name, "signature", f"{where} does not carry our signature"))
            continue
        block = SealBlock.objects.filter(source=name, number=number).first()
        if block is None:
            found.append(Finding(name, "external", f"{where} names a block the database no longer has", number))
        elif bytes(block.hash).hex() != line["hash"]:
            found.append(Finding(name, "external", f"the block is not the one {where} names", number))
    return checked, found


def sound(name: str) -> Iterator[dict[str, Any]]:
    """The roots outside that carry our signature and name blocks as the database has them."""
    for _, line in exported(name):
        if _is_ours(line):
            block = SealBlock.objects.filter(source=name, number=line["number"]).defer("marks").first()
            if block is not None and bytes(block.hash).hex() == line["hash"]:
                yield line


def sign(purpose: bytes, content: bytes) -> bytes:
    """The house's signature on something that leaves it; the purpose keeps it from standing for anything else."""
    return _key().sign(purpose + content)


def public_key() -> bytes:
    """What checks the signatures, as PEM."""
    return _key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def fingerprint() -> str:
    """What tells our key from another: SHA-256 over its PEM."""
    return hashlib.sha256(public_key()).hexdigest()


@lru_cache(maxsize=1)
def _key_in(path: Path, changed_at: float) -> Ed25519PrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path} holds no Ed25519 key")
    return key


def _key() -> Ed25519PrivateKey:
    path = Path(settings.JWT_PRIVATE_KEY_FILE)
    return _key_in(path, path.stat().st_mtime)


def _message(line: dict[str, Any]) -> bytes:
    said = {key: value for key, value in line.items() if key != "signature"}
    return PURPOSE + json.dumps(said, sort_keys=True).encode()


def _signed(head: SealBlock, now: datetime) -> dict[str, Any]:
    line: dict[str, Any] = {
        "source": head.source,
        "number": head.number,
        "hash": bytes(head.hash).hex(),
        "sealed_at": head.sealed_at.isoformat(),
        "exported_at": now.isoformat(),
    }
    return {**line, "signature": _key().sign(_message(line)).hex()}


def _is_ours(line: dict[str, Any]) -> bool:
    try:
        _key().public_key().verify(bytes.fromhex(str(line.get("signature", ""))), _message(line))
    except (InvalidSignature, ValueError):
        return False
    return True


def _read(text: str) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}


def _written_at(file: Path) -> datetime | None:
    """When the last root in this file was written, by its own words."""
    if not file.exists():
        return None
    lines = file.read_text().splitlines()
    said = _read(lines[-1]).get("exported_at") if lines else None
    return datetime.fromisoformat(said) if said else None


def _is_due(file: Path, now: datetime, every: timedelta) -> bool:
    last = _written_at(file)
    return last is None or now - last >= every


def _replace(file: Path, text: str) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        draft.write_text(text)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _append(file: Path, text: str) -> None:
    """On disk before this returns; what cannot be written whole is not written."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file.open("ab", buffering=0) as out:
        fcntl.flock(out, fcntl.LOCK_EX)
        length = os.fstat(out.fileno()).st_size
        line = text.encode() + b"\n"
        try:
            if out.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))
            os.fsync(out.fileno())
        except OSError:
            os.ftruncate(out.fileno(), length)
            raise
