"""Postgres and Valkey together, unless the environment already names real ones."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from fanzmoney.launcher import ports
from fanzmoney.launcher.children import Child, stop_all
from fanzmoney.launcher.errors import LauncherError
from fanzmoney.launcher.postgres import Postgres
from fanzmoney.launcher.state import State
from fanzmoney.launcher.valkey import Valkey

DATABASE_VARIABLES = ("DATABASE_URL", "DATABASE_OWNER_URL", "KEYS_DATABASE_URL")
ADDRESSES = (*DATABASE_VARIABLES, "BACKUP_DATABASE_URL", "REDIS_URL")
PATIENCE_SECONDS = 60


class Servers:
    """The servers one process started, and their addresses; those named in `given` are not started."""

    def __init__(self, state: State, given: Mapping[str, str] | None = None, *, for_tests: bool = False) -> None:
        self.state = state
        self.given = os.environ if given is None else given
        self.home = state.server_home()
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None
        passwords = state.passwords()
        if not self.given.get("DATABASE_URL"):
            log = state.logs / "postgres.log"
            self.postgres = Postgres(self.home / "postgres", log, ports.any_free(), passwords, for_tests=for_tests)
        if not self.given.get("REDIS_URL"):
            log = state.logs / "valkey.log"
            self.valkey = Valkey(self.home / "valkey", log, ports.any_free(), passwords["valkey"])

    def start(self) -> "Servers":
        """Start both at once and wait until they answer; a server that fails takes the other with it."""
        try:
            for server in (self.valkey, self.postgres):
                if server:
                    server.start()
            for server in (self.valkey, self.postgres):
                if server:
                    wait_until_ready(server)
            if self.postgres:
                self.postgres.provide_roles()
        except BaseException:
            self.stop()
            raise
        return self

    @property
    def children(self) -> list[Child]:
        """The processes behind them."""
        return [server.child for server in (self.postgres, self.valkey) if server]

    def environment(self) -> dict[str, str]:
        """The addresses, from the environment where it names them."""
        given = {name: self.given[name] for name in ADDRESSES if self.given.get(name)}
        urls = self.postgres.urls() if self.postgres else {}
        return given | urls | ({"REDIS_URL": self.valkey.url()} if self.valkey else {})

    def stop(self) -> None:
        """Stop both, quickly: Postgres ends its sessions itself."""
        stop_all(self.children, grace_seconds=5)


def wait_until_ready(server: Postgres | Valkey) -> None:
    """Return when the server answers; name it with the end of its log when it does not."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not server.is_ready():
        if server.child.exit_code() is not None or time.monotonic() > deadline:
            raise LauncherError(f"{server.child.name} did not start:\n{server.child.last_lines()}")
        time.sleep(0.02)


def missing_variables() -> list[str]:
    """Which addresses are missing when only some of them were given."""
    given = [name for name in DATABASE_VARIABLES if os.environ.get(name)]
    return [name for name in DATABASE_VARIABLES if name not in given] if given else []


def manage(checkout: Path) -> list[str | Path]:
    """The start of a command line that runs a management command."""
    return [checkout / ".venv/bin/python", checkout / "manage.py"]
