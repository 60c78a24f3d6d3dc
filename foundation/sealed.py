"""Files nobody reads or alters without their key: AES-256-GCM in pieces, each knowing its place."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from foundation.errors import Invalid

BACKUP, PACK = "backup", "audit pack"
SALT_BYTES, TAG_BYTES = 32, 16
PIECE = 1 << 20


class Damaged(Invalid):
    """A file that is not what was written: nothing of it is used."""

    title, default_code = "The file is damaged", "file.damaged"


def derived(key: bytes, salt: bytes, purpose: str, kind: str = BACKUP) -> bytes:
    return HKDF(SHA256(), 32, salt, f"fanz {kind} {purpose}".encode()).derive(key)


def _magic(kind: str) -> bytes:
    return f"FANZ {kind.upper()} 1\n".encode()


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


class Sealing:
    """A file being written: `write`, then `finish` puts the last piece and everything on disk."""

    def __init__(self, file: Path, key: bytes, purpose: str, kind: str = BACKUP) -> None:
        salt = os.urandom(SALT_BYTES)
        self._cipher = AESGCM(derived(key, salt, purpose, kind))
        self._out, self._waiting, self._number = file.open("xb", buffering=0), bytearray(), 0
        self._digest, self.bytes = hashlib.sha256(), 0
        self._put(_magic(kind) + salt)

    def write(self, data: bytes) -> int:
        self._waiting += data
        while len(self._waiting) > PIECE:
            self._seal(bytes(self._waiting[:PIECE]), is_last=False)
            del self._waiting[:PIECE]
        return len(data)

    def flush(self) -> None:
        """Nothing leaves before its piece is full; writers of archives ask all the same."""

    def finish(self) -> str:
        """The SHA-256 of the finished file."""
        self._seal(bytes(self._waiting), is_last=True)
        os.fsync(self._out.fileno())
        self._out.close()
        return self._digest.hexdigest()

    def _seal(self, piece: bytes, *, is_last: bool) -> None:
        self._put(self._cipher.encrypt(_nonce(self._number, is_last=is_last), piece, None))
        self._number += 1

    def _put(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[self._out.write(left) :]
        self._digest.update(data)
        self.bytes += len(data)


class Unsealing:
    """The plain content of a sealed file, read in order; Damaged where it is not what was written."""

    def __init__(self, file: Path, key: bytes, purpose: str, kind: str = BACKUP) -> None:
        self.file, self.kind, self._in = file, kind, file.open("rb")
        magic = _magic(kind)
        header = self._in.read(len(magic) + SALT_BYTES)
        if not header.startswith(magic) or len(header) < len(magic) + SALT_BYTES:
            self._in.close()
            raise Damaged(detail=f"{file} is no part of a {kind}.")
        self._cipher = AESGCM(derived(key, header[len(magic) :], purpose, kind))
        self._number, self._is_over, self._plain = 0, False, b""
        self._next = self._in.read(PIECE + TAG_BYTES)

    def read(self, size: int = -1) -> bytes:
        while not self._is_over and (size < 0 or len(self._plain) < size):
            self._plain += self._open_piece()
        given = len(self._plain) if size < 0 else size
        data, self._plain = self._plain[:given], self._plain[given:]
        return data

    def close(self) -> None:
        self._in.close()

    def _open_piece(self) -> bytes:
        sealed, self._next = self._next, self._in.read(PIECE + TAG_BYTES)
        self._is_over = not self._next
        try:
            piece = self._cipher.decrypt(_nonce(self._number, is_last=self._is_over), sealed, None)
        except (InvalidTag, ValueError) as problem:
            raise Damaged(detail=f"{self.file} was cut off or altered; take another {self.kind}.") from problem
        self._number += 1
        return piece


def digest_of(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
