"""Servers of one's own that write to disk like real ones, and that may be killed, frozen and started again."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fanzmoney.launcher import contract
from fanzmoney.launcher.errors import LauncherError
from fanzmoney.launcher.postgres import WITHOUT_DURABILITY, Postgres
from fanzmoney.launcher.servers import wait_until_ready
from fanzmoney.launcher.state import State
from fanzmoney.launcher.test import start_with_template
from fanzmoney.launcher.valkey import Valkey
from fanzmoney.trials.outages.relay import Relay

PATIENCE_SECONDS = 60


class Ground:
    """One Postgres that promises what it says, and one Valkey."""

    def __init__(self, checkout: Path, folder: Path, *, is_wired: bool = False) -> None:
        self.state = State(folder).open()
        self.servers = start_with_template(checkout, self.state)
        assert self.servers.postgres is not None
        assert self.servers.valkey is not None
        self.postgres: Postgres = self.servers.postgres
        self.valkey: Valkey = self.servers.valkey
        self._write_to_disk()
        self.relays: dict[str, Relay] = {}
        if is_wired:
            self.relays = {"postgres": Relay(self.postgres.port), "valkey": Relay(self.valkey.port)}

    def _write_to_disk(self) -> None:
        self.postgres.child.ask_to_stop()
        self.postgres.child.finish(time.monotonic() + PATIENCE_SECONDS)
        promised = [part for name in WITHOUT_DURABILITY for part in ("-c", f"{name}=on")]
        self.postgres.child.command = [*self.postgres.child.command, *promised]
        self.start_postgres()

    def environment(self) -> dict[str, str]:
        """The addresses of the servers, or of the wires to them."""
        found = contract.private_test(self.state, self.servers.environment())
        for variable, server in (("DATABASE_URL", "postgres"), ("REDIS_URL", "valkey")):
            if relay := self.relays.get(server):
                found[variable] = found[variable].replace(f":{relay.target}/", f":{relay.port}/")
        return found

    def kill_postgres(self) -> None:
        """As the kernel kills: the server and, as soon as they notice, its sessions."""
        _signal(self.postgres, signal.SIGKILL)
        self.postgres.child.finish(time.monotonic() + PATIENCE_SECONDS)

    def start_postgres(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self.postgres.start()
                wait_until_ready(self.postgres)
            except LauncherError:
                # The sessions of the one before still hold its memory.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return

    def kill_valkey(self) -> None:
        _signal(self.valkey, signal.SIGKILL)
        self.valkey.child.finish(time.monotonic() + PATIENCE_SECONDS)

    def start_valkey(self) -> None:
        self.valkey.start()
        wait_until_ready(self.valkey)

    def freeze_valkey(self) -> None:
        _signal(self.valkey, signal.SIGSTOP)

    def thaw_valkey(self) -> None:
        _signal(self.valkey, signal.SIGCONT)

    def stop(self) -> None:
        self.thaw_valkey()
        for relay in self.relays.values():
            relay.stop()
        self.servers.stop()


def _signal(server: Postgres | Valkey, number: signal.Signals) -> None:
    process = server.child.process
    if process is not None and server.child.exit_code() is None:
        os.kill(process.pid, number)


@contextmanager
def ground(checkout: Path, *, is_wired: bool = False) -> Iterator[Ground]:
    """Started servers that are gone afterwards."""
    place = Path(tempfile.mkdtemp(prefix="fanz-outage-"))
    here: Ground | None = None
    try:
        here = Ground(checkout, place, is_wired=is_wired)
        yield here
    finally:
        if here:
            here.stop()
            shutil.rmtree(here.state.server_home(), ignore_errors=True)
        shutil.rmtree(place, ignore_errors=True)
