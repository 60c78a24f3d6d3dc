"""One key per party, in a database of its own: erasing a person is destroying their key.

A key is made and committed before the row that needs it; keys no row came to need are swept.
The master key that wraps them comes from a file; a KMS or PKCS#11 module would stand behind `wrap` and `unwrap`.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from psycopg_pool import ConnectionPool

from foundation.errors import NotFound
from foundation.identity import erasures
from foundation.ids import named_id, uuid7

NONCE_BYTES = 12
Keys = dict[UUID | None, bytes]
INDEX_KEY = named_id("keys", "index")
TABLE = """
CREATE TABLE IF NOT EXISTS party_key (
    id uuid PRIMARY KEY,
    master text NOT NULL,
    wrapped bytea,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    destroyed_at timestamptz,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);
"""


class KeyDestroyed(NotFound):
    """The person was erased; what was sealed under this key cannot be read by anybody."""

    title, default_code = "This person's data was erased", "identity.erased"


@functools.cache
def _pool() -> ConnectionPool:
    pool = ConnectionPool(
        settings.KEYS_DATABASE_URL,
        min_size=0,
        max_size=4,
        timeout=3,
        reconnect_timeout=3,
        open=True,
        check=ConnectionPool.check_connection,
        name="keys",
    )
    os.register_at_fork(after_in_child=_pool.cache_clear)
    return pool


@functools.cache
def _masters() -> dict[str, bytes]:
    """The present master key first, then older ones kept beside it as `<file>.<anything>` until rewrapped."""
    path = settings.MASTER_KEY_FILE
    found = [path, *sorted(path.parent.glob(path.name + ".*"))]
    keys = [hashlib.sha256(file.read_bytes()).digest() for file in found]
    return {hashlib.sha256(b"id" + key).hexdigest()[:16]: key for key in keys}


def _seal(key: bytes, plain: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def _open(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)


def prepare_store() -> None:
    with _pool().connection() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(620415)")
        connection.execute(TABLE)
    _index_key()


def make_keys(count: int) -> list[UUID]:
    """Fresh keys, already committed: the rows that use them may follow."""
    master, wrapping_key = next(iter(_masters().items()))
    ids = [uuid7() for _ in range(count)]
    rows = [(id, master, _seal(wrapping_key, AESGCM.generate_key(256), id.bytes)) for id in ids]
    with _pool().connection() as connection, connection.cursor() as cursor:
        cursor.executemany("INSERT INTO party_key (id, master, wrapped) VALUES (%s, %s, %s)", rows)
    return ids


def read_keys(ids: Iterable[UUID | None]) -> Keys:
    """The keys that still exist; a destroyed one is missing from the answer."""
    with _pool().connection() as connection:
        rows = connection.execute(
            "SELECT id, master, wrapped FROM party_key WHERE id = ANY(%s) AND wrapped IS NOT NULL",
            [[id for id in ids if id]],
        ).fetchall()
    return {id: _open(_masters()[master], bytes(wrapped), id.bytes) for id, master, wrapped in rows}


def read_key(id: UUID | None) -> bytes:
    found = read_keys([id]) if id else {}
    if id not in found:
        raise KeyDestroyed()
    return found[id]


def destroy_key(id: UUID) -> bool:
    """Make everything under this key unreadable for ever, in copies brought back too; True the first time."""
    with _pool().connection() as connection:
        erased = connection.execute(
            "UPDATE party_key SET wrapped = NULL, destroyed_at = clock_timestamp() "
            "WHERE id = %s AND wrapped IS NOT NULL RETURNING id, destroyed_at",
            [id],
        ).fetchall()
        if erased:
            erasures.write_down(erased)  # before the commit: no key is gone that the list does not name
    return bool(erased)


def destroy_again(erased: Mapping[UUID, datetime]) -> int:
    """Destroy keys that a copy brought back although they were destroyed; returns how many."""
    with _pool().connection() as connection:
        done = connection.execute(
            "UPDATE party_key SET wrapped = NULL, destroyed_at = erased.at "
            "FROM unnest(%s::uuid[], %s::timestamptz[]) AS erased (id, at) "
            "WHERE party_key.id = erased.id AND wrapped IS NOT NULL",
            [list(erased), list(erased.values())],
        )
    return done.rowcount


def destroyed_keys() -> dict[UUID, datetime]:
    with _pool().connection() as connection:
        return dict(connection.execute("SELECT id, destroyed_at FROM party_key WHERE wrapped IS NULL").fetchall())


def which_open() -> dict[UUID, bool]:
    """Every key that still exists, and whether the master keys at hand open it."""
    with _pool().connection() as connection:
        rows = connection.execute("SELECT id, master, wrapped FROM party_key WHERE wrapped IS NOT NULL").fetchall()
    return {id: _opens(master, bytes(wrapped), id) for id, master, wrapped in rows}


def _opens(master: str, wrapped: bytes, id: UUID) -> bool:
    try:
        _open(_masters()[master], wrapped, id.bytes)
    except (KeyError, InvalidTag):
        return False
    return True


def settled_keys(older_than_hours: int) -> list[UUID]:
    """Ids of keys old enough that the row they were made for must exist by now."""
    with _pool().connection() as connection:
        rows = connection.execute(
            "SELECT id FROM party_key WHERE wrapped IS NOT NULL AND id <> %s "
            "AND created_at < clock_timestamp() - make_interval(hours => %s)",
            [INDEX_KEY, older_than_hours],
        ).fetchall()
    return [id for (id,) in rows]


def seal(key: bytes, plain: bytes, *, bound_to: UUID) -> bytes:
    return _seal(key, plain, bound_to.bytes)


def unseal(key: bytes, sealed: bytes, *, bound_to: UUID) -> bytes:
    return _open(key, sealed, bound_to.bytes)


@functools.cache
def _index_key() -> bytes:
    """The key behind all keyed hashes: stored like a party's, so that changing the master key changes no hash."""
    master, wrapping_key = next(iter(_masters().items()))
    with _pool().connection() as connection:
        connection.execute(
            "INSERT INTO party_key (id, master, wrapped) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [INDEX_KEY, master, _seal(wrapping_key, AESGCM.generate_key(256), INDEX_KEY.bytes)],
        )
    return read_key(INDEX_KEY)


def keyed_hash(purpose: str, value: str) -> bytes:
    """The same value gives the same hash, and only to who holds the keys."""
    return hmac.digest(_index_key(), f"{purpose}\x1f{value}".encode(), "sha256")


def seal_secret(purpose: str, plain: bytes) -> bytes:
    """For secrets of the house that belong to no party's key."""
    return _seal(keyed_hash("seal", purpose), plain, purpose.encode())


def open_secret(purpose: str, sealed: bytes) -> bytes:
    return _open(keyed_hash("seal", purpose), sealed, purpose.encode())
