"""A durable Postgres of one's own with the house's schema: to be measured, flooded and killed."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.conf import settings

from fanzmoney.launcher import binaries, contract, ports
from fanzmoney.launcher.migrations import migrate
from fanzmoney.launcher.postgres import Postgres
from fanzmoney.launcher.servers import wait_until_ready
from fanzmoney.launcher.state import State

ROOMY = {"shared_buffers": "512MB", "max_wal_size": "4GB"}
NO_REDIS = {"REDIS_URL": "redis://127.0.0.1:1/0"}


class PrivateServer:
    """One cluster, migrated, every guarantee on; whoever asked for it may kill it."""

    def __init__(self, folder: Path) -> None:
        self.state = State(folder).open()
        self.home = self.state.server_home()
        self.postgres = self._new()

    def _new(self) -> Postgres:
        log = self.state.logs / "postgres.log"
        server = Postgres(self.home / "postgres", log, ports.any_free(), self.state.passwords())
        server.child.command = [*server.child.command, *(f"-c{name}={value}" for name, value in ROOMY.items())]
        return server

    @property
    def urls(self) -> dict[str, str]:
        return self.postgres.urls()

    @property
    def pid(self) -> int:
        assert self.postgres.child.process is not None
        return self.postgres.child.process.pid

    @property
    def environment(self) -> dict[str, str]:
        return contract.private_test(self.state, self.urls | NO_REDIS)

    def start(self) -> None:
        self.postgres.start()
        wait_until_ready(self.postgres)

    def provide_schema(self) -> None:
        self.postgres.provide_roles()
        migrate(settings.BASE_DIR, self.environment)

    def crash(self) -> None:
        """An immediate stop: no checkpoint, every session cut off."""
        os.kill(self.pid, signal.SIGQUIT)
        self.postgres.child.finish(float("inf"))

    def stop(self) -> None:
        if self.postgres.child.process is not None and self.postgres.child.exit_code() is None:
            os.kill(self.pid, signal.SIGINT)
        self.postgres.child.finish(float("inf"))

    def connect(self, role: str = "app") -> psycopg.Connection:
        url = self.urls["DATABASE_OWNER_URL" if role == "owner" else "DATABASE_URL"]
        return psycopg.connect(url, autocommit=True)

    def program(self, name: str) -> Path:
        """A program that came with the server, such as pgbench."""
        return binaries.postgres_bin() / name


@contextmanager
def private_server() -> Iterator[PrivateServer]:
    """A started and migrated server that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="fanz-private-"))
    server = PrivateServer(folder)
    try:
        server.start()
        server.provide_schema()
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.home, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
