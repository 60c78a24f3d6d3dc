"""Any other command: on the servers that run here, or on servers started for its own duration."""

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fanzmoney.launcher import contract, pointer
from fanzmoney.launcher.errors import LauncherError
from fanzmoney.launcher.migrations import migrate_when_behind
from fanzmoney.launcher.servers import Servers
from fanzmoney.launcher.state import State

NEED_NO_SERVER = {"help", "--help", "-h", "version", "--version", "bench", "faults"}  # trials start their own
NEED_NO_TABLES = {"check", "makemigrations", "migrate", "showmigrations", "sqlmigrate", "squashmigrations", "restore"}
PATIENCE_SECONDS = 60


def run(checkout: Path, argv: list[str]) -> int:
    """Run one management command."""
    command = argv[1] if len(argv) > 1 else "help"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fanzmoney.settings")
    if command == "migrate":
        os.environ["FANZ_AS_OWNER"] = "1"
    complete = os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")
    if complete or os.environ.get("FANZ_ENV") == "production":
        return _django(argv)
    state = State(pointer.state_folder(checkout)).open()
    if command in NEED_NO_SERVER:
        os.environ.update(contract.demo(state, _nowhere()))
        return _django(argv)
    with _addresses(checkout, state, migrated=command not in NEED_NO_TABLES) as environment:
        os.environ.update(environment)
        return _django(argv)


@contextmanager
def _addresses(checkout: Path, state: State, *, migrated: bool) -> Iterator[dict[str, str]]:
    """The environment with servers behind it, ours or borrowed."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not state.try_lock():
        with _borrowed(state) as facts:
            if facts:
                yield contract.demo(state, facts["addresses"], port=facts["port"])
                return
        if time.monotonic() > deadline:
            raise LauncherError(f"Another process holds {state.folder} and its servers do not come up.")
        time.sleep(0.1)
    try:
        servers = Servers(state).start()
        try:
            environment = contract.demo(state, servers.environment())
            if migrated and servers.postgres:
                migrate_when_behind(checkout, environment, servers.postgres.home / "migrated")
            state.announce({"pid": os.getpid(), "port": 8000, "addresses": servers.environment(), "up": False})
            yield environment
            state.withdraw()
            _wait_for_borrowers(state)
        finally:
            state.withdraw()
            servers.stop()
    finally:
        state.unlock()


@contextmanager
def _borrowed(state: State) -> Iterator[dict[str, Any]]:
    """What the running process announced, while we are counted as a borrower."""
    handle = os.open(state.folder / "borrowers", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield state.announced()
    finally:
        os.close(handle)


def _wait_for_borrowers(state: State) -> None:
    handle = os.open(state.folder / "borrowers", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
    finally:
        os.close(handle)


def _nowhere() -> dict[str, str]:
    """Addresses for a command that only prints: nothing listens there."""
    database = "postgresql://nobody@127.0.0.1:1/nothing"
    return {"DATABASE_URL": database, "KEYS_DATABASE_URL": database, "REDIS_URL": "redis://127.0.0.1:1/0"}


def _django(argv: list[str]) -> int:
    from django.core.management import execute_from_command_line
    from django.db import connections

    try:
        execute_from_command_line(argv)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        for connection in connections.all(initialized_only=True):
            connection.close()
            connection.close_pool()  # type: ignore[attr-defined]
    return 0
