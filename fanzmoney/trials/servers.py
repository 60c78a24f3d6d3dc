"""Private servers for one trial, and a process that runs it on them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from fanzmoney.launcher import contract
from fanzmoney.launcher.migrations import migrate
from fanzmoney.launcher.servers import Servers, manage
from fanzmoney.launcher.state import State
from fanzmoney.launcher.test import start_with_template


@contextmanager
def private_environment(*, is_durable: bool) -> Iterator[dict[str, str]]:
    """Servers nobody else knows. Durable ones write to disk like real ones; the others may be wiped past triggers."""
    folder = Path(tempfile.mkdtemp(prefix="fanz-trial-"))
    state = State(folder).open()
    servers: Servers | None = None
    try:
        if is_durable:
            for name in contract.OURS:
                os.environ.pop(name, None)
            servers = Servers(state).start()
            migrate(settings.BASE_DIR, contract.private_test(state, servers.environment()))
        else:
            servers = start_with_template(settings.BASE_DIR, state)
        yield contract.private_test(state, servers.environment())
    finally:
        if servers:
            servers.stop()
        shutil.rmtree(state.server_home(), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def run_there(command: str, arguments: Sequence[str], *, is_durable: bool) -> int:
    """Run one of our commands on private servers; its output is ours, and so is its end."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the servers end with us, however we are asked
    with private_environment(is_durable=is_durable) as environment:
        line = [*manage(settings.BASE_DIR), command, *arguments, "--here"]
        return subprocess.run(line, cwd=settings.BASE_DIR, env=environment, check=False).returncode  # noqa: S603
