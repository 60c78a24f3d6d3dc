"""The databases a backup is taken from and brought back into, and the programs that do it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import Protocol
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from fanzmoney.launcher import binaries
from fanzmoney.launcher.children import die_with_parent
from fanzmoney.launcher.errors import LauncherError
from foundation.errors import Conflict, Invalid, NotFound, Unavailable


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Writable(Protocol):
    def write(self, data: bytes, /) -> int: ...


@dataclass(frozen=True, slots=True)
class Database:
    """One database, reached as `fanz_backup` on behalf of its owner."""

    name: str
    owner: str
    address: str = field(repr=False)  # it holds a password

    def called(self, name: str) -> Database:
        """Another database of the same server and owner."""
        return Database(name, self.owner, make_conninfo(self.address, dbname=name))

    @contextmanager
    def connected(self) -> Iterator[psycopg.Connection]:
        """A session of its owner."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(self.owner)))
            yield connection

    def exists(self) -> bool:
        with self._server() as server:
            return bool(server.execute("SELECT FROM pg_database WHERE datname = %s", [self.name]).fetchall())

    def is_empty(self) -> bool:
        """Whether it is not there, or holds no table."""
        if not self.exists():
            return True
        with self.connected() as connection:
            return not connection.execute(_TABLES).fetchall()

    def rows(self, connection: psycopg.Connection) -> dict[str, int]:
        """How many rows each table holds."""
        counts = {}
        for (table,) in connection.execute(_TABLES).fetchall():
            counted = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
            counts[table] = counted[0] if counted else 0
        return counts

    def create(self) -> None:
        """Make it, open to nobody but its owner."""
        with self._server() as server:
            server.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
                    sql.Identifier(self.name), sql.Identifier(self.owner)
                )
            )
        with self.connected() as connection:
            for line in ("REVOKE ALL ON DATABASE {0} FROM PUBLIC", "REVOKE ALL ON SCHEMA public FROM PUBLIC"):
                connection.execute(sql.SQL(line).format(sql.Identifier(self.name)))
            connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(self.owner)))

    def open_to(self, *roles: str) -> None:
        with self.connected() as connection:
            for role in roles:
                grant = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}")
                connection.execute(grant.format(sql.Identifier(self.name), sql.Identifier(role)))

    def drop(self) -> None:
        with self._server() as server:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self.name)))

    def used_by(self) -> list[str]:
        """The roles besides ours that have a session there."""
        asked = "SELECT DISTINCT usename::text FROM pg_stat_activity WHERE datname = %s AND usename <> current_user"
        with self._server() as server:
            return sorted(role for (role,) in server.execute(asked, [self.name]).fetchall())

    def dump(self, out: Writable, *, snapshot: str = "") -> None:
        """Write the whole database, owners and grants included, as pg_dump's own format."""
        options = ["--format=custom", "--compress=1", f"--role={self.owner}", "--lock-wait-timeout=30000"]
        with self._program("pg_dump", [*options, *([f"--snapshot={snapshot}"] if snapshot else [])]) as process:
            assert process.stdout is not None
            shutil.copyfileobj(process.stdout, out, 1 << 20)

    def fill(self, content: Readable) -> None:
        """Bring back what `dump` wrote."""
        options = ["--exit-on-error", f"--role={self.owner}", f"--dbname={self.name}"]
        with self._program("pg_restore", options) as process:
            assert process.stdin is not None
            with suppress(BrokenPipeError):  # it ended before its input did: its own words say why
                shutil.copyfileobj(content, process.stdin, 1 << 20)
            with suppress(BrokenPipeError):
                process.stdin.close()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Nobody else brings anything back into this name meanwhile; Conflict when somebody does."""
        with self._server() as server:
            asked = "SELECT pg_try_advisory_lock(hashtext('backup'), hashtext(%s))"
            if server.execute(asked, [self.name]).fetchone() != (True,):
                raise Conflict("backup.busy", f"{self.name} is being brought back by another process; wait for it.")
            yield

    @contextmanager
    def _server(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.address, dbname="postgres", autocommit=True) as connection:
            yield connection

    @contextmanager
    def _program(self, name: str, options: list[str]) -> Iterator[subprocess.Popen[bytes]]:
        told = conninfo_to_dict(self.address)
        environment = {f"PG{_VARIABLES.get(key, key).upper()}": str(value) for key, value in told.items()}
        with TemporaryFile() as words:
            with subprocess.Popen(  # noqa: S603  our own program and options
                [program(name), "--no-password", *options],
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC", **environment},
                stdin=subprocess.PIPE if name == "pg_restore" else subprocess.DEVNULL,
                stdout=subprocess.PIPE if name == "pg_dump" else subprocess.DEVNULL,
                stderr=words,
                preexec_fn=die_with_parent(signal.SIGKILL),
            ) as process:
                try:
                    yield process
                    process.wait()
                except BaseException:
                    process.kill()
                    raise
            if process.returncode != 0:
                words.seek(0)
                said = words.read()[-2000:].decode(errors="replace").strip()
                raise Unavailable("backup.failed", f"{name} gave up on {self.name}: {said}")


def take_names(pairs: Iterable[tuple[Database, Database]]) -> None:
    """Each first gets the name of the second, which is empty or not there: on one server all at once, or none.

    Where they are on several, the first gets it last. Conflict while somebody is connected.
    """
    with ExitStack() as stack:
        sessions: dict[tuple[object, ...], psycopg.Connection] = {}
        empty = []
        for draft, target in pairs:
            told = conninfo_to_dict(target.address)
            where = told.get("host"), told.get("port")
            if where not in sessions:  # they are committed in the reverse order
                sessions[where] = stack.enter_context(psycopg.connect(target.address, dbname="postgres"))
            names = [(draft.name, target.name)]
            if target.exists():
                empty.append(target.called(f"{target.name}_empty"))
                names.insert(0, (target.name, empty[-1].name))
            for old, new in names:
                rename = sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new))
                try:
                    sessions[where].execute(rename)
                except psycopg.errors.ObjectInUse as problem:
                    detail = f"{old} is alive: somebody works in it. Stop the programs, then restore."
                    raise Conflict("backup.in_use", detail) from problem
    for database in empty:
        database.drop()


_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
_VARIABLES = {"dbname": "database"}


def program(name: str) -> str:
    """A program that came with the server; it must not be older than the server."""
    try:
        found = binaries.postgres_bin() / name
    except LauncherError as problem:
        raise NotFound("backup.no_programs", f"{problem}") from problem
    if not found.exists():
        raise NotFound("backup.no_programs", f"{found} is not there. On Debian: apt install postgresql-client.")
    return str(found)


def live() -> tuple[Database, Database]:
    """The house's database and the keys', as the environment names them."""
    if not settings.BACKUP_DATABASE_URL:
        raise Invalid(
            "backup.no_address",
            "BACKUP_DATABASE_URL is not set: the role fanz_backup reads both databases. docs/backup.md says how.",
        )
    house, keys = urlsplit(settings.DATABASE_URL), urlsplit(settings.KEYS_DATABASE_URL)
    is_elsewhere = (keys.hostname, keys.port) != (house.hostname, house.port)
    elsewhere = f"host={keys.hostname} port={keys.port or 5432}" if is_elsewhere else ""
    ours = Database("postgres", "fanz_owner", settings.BACKUP_DATABASE_URL)
    theirs = Database("postgres", "fanz_keys", make_conninfo(ours.address, **conninfo_to_dict(elsewhere)))
    return ours.called(house.path.lstrip("/")), theirs.called(keys.path.lstrip("/"))


def refuse_older_programs(connection: psycopg.Connection) -> int:
    """The server's major version; Conflict when our programs cannot read it."""
    server, ours = connection.info.server_version // 10_000, binaries.postgres_major(binaries.postgres_bin())
    if server > ours:
        raise Conflict(
            "backup.older_programs",
            f"The server is PostgreSQL {server}, pg_dump is {ours}. Install its own programs and set "
            "FANZ_SERVERS=machine.",
        )
    return server
