"""Gives every test process databases and a Valkey of its own; loaded by `manage.py test` before Django."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

if os.environ.get("FANZ_ENV") != "test":
    raise pytest.UsageError("These tests run on private servers: python3 manage.py test [pytest arguments]")

from fanzmoney.launcher import ports
from fanzmoney.launcher.children import stop_all
from fanzmoney.launcher.servers import wait_until_ready
from fanzmoney.launcher.state import State
from fanzmoney.launcher.valkey import Valkey

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
TEMPLATES = {"DATABASE_OWNER_URL": "fanz", "KEYS_DATABASE_URL": "fanz_keys"}


def _start_valkey() -> Valkey:
    state = State(Path(os.environ["FANZ_STATE_DIR"]))
    home, log = state.server_home() / f"valkey-{WORKER}", state.logs / f"valkey-{WORKER}.log"
    valkey = Valkey(home, log, ports.any_free(), state.passwords()["valkey"])
    valkey.start()
    return valkey


def _on(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


VALKEY = _start_valkey()
os.environ["REDIS_URL"] = VALKEY.url()
os.environ["SANDBOX_URL"] = f"http://127.0.0.1:{ports.any_free()}"  # `gateway_world` starts it there
os.environ["DATABASE_URL"] = _on(os.environ["DATABASE_URL"], f"fanz_{WORKER}")
for _variable, _template in TEMPLATES.items():
    os.environ[_variable] = _on(os.environ[_variable], f"{_template}_{WORKER}")


def pytest_unconfigure() -> None:
    stop_all([VALKEY.child], grace_seconds=2)


class Database:
    """One cloned database that can be brought back to how its template was."""

    def __init__(self, url: str, template: str) -> None:
        self.url, self.template, self.name = url, template, urlsplit(url).path.lstrip("/")

    def clone(self) -> None:
        """Copy the migrated template and remember its rows."""
        with psycopg.connect(_on(self.url, "postgres"), autocommit=True) as server:
            names = sql.Identifier(self.name), sql.Identifier(self.template)
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(names[0]))
            server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        self.connection = psycopg.connect(self.url, autocommit=True)
        self.connection.execute("SET session_replication_role = replica")
        self.connection.execute("SET lock_timeout = '5s'")
        rows = self.connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
        )
        self.tables = [name for (name,) in rows]
        self.rows = {table: self._read(table) for table in self._filled()}

    def wipe(self) -> None:
        """Remove what a test committed, past every trigger, and put the template's own rows back."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            for table in set(self._filled()) | set(self.rows):
                rows = self.rows.get(table, b"")
                if not rows or self._read(table) != rows:
                    cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
                    with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
                        copy.write(rows)

    def _filled(self) -> list[str]:
        if not self.tables:
            return []
        checks = [sql.SQL("EXISTS (SELECT FROM {})").format(sql.Identifier(table)) for table in self.tables]
        found = self.connection.execute(sql.SQL("SELECT ARRAY[{}]").format(sql.SQL(", ").join(checks))).fetchone()
        return [table for table, has_rows in zip(self.tables, found[0], strict=True) if has_rows]

    def _read(self, table: str) -> bytes:
        with self.connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
            return b"".join(bytes(part) for part in copy)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    """Clone the migrated template for this process; committing tests wipe what they wrote."""
    from django.test import TransactionTestCase

    wait_until_ready(VALKEY)
    databases = [Database(os.environ[variable], template) for variable, template in TEMPLATES.items()]
    for database in databases:
        database.clone()
    TransactionTestCase._fixture_teardown = lambda _case: [database.wipe() for database in databases]
