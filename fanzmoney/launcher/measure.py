"""Measures `up` from outside: how long until READY, how much memory, how long to stop, what stays behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fanzmoney.launcher import contract
from fanzmoney.launcher.errors import LauncherError

PATIENCE_SECONDS = 180
LEFT_BEHIND = {".git", ".venv", ".fanz", ".fanz-pointer.json", "__pycache__"}


@dataclass
class Running:
    """One `up` that said READY."""

    checkout: Path
    process: subprocess.Popen[str]
    url: str
    ready_seconds: float

    def megabytes(self) -> int:
        """Proportional set size of all its processes."""
        return sum(_pss_kilobytes(pid) for pid in processes_of(self.checkout)) // 1024

    def end(self, with_signal: signal.Signals = signal.SIGTERM, *, patience_seconds: float = 60) -> float:
        """Send the launcher a signal; returns after how many seconds no process was left."""
        started = time.monotonic()
        self.process.send_signal(with_signal)
        self.process.wait()
        while left := processes_of(self.checkout):
            if time.monotonic() - started > patience_seconds:
                raise LauncherError(f"Still there after {patience_seconds} s: {left}")
            time.sleep(0.02)
        return time.monotonic() - started


@contextmanager
def copy_of(checkout: Path, *, with_environment: bool) -> Iterator[Path]:
    """A checkout of its own: sharing this one's `.venv`, or without any, as after a clone."""
    folder = Path(tempfile.mkdtemp(prefix="fanz-up-"))
    folder.chmod(0o755)
    target = folder / "checkout"
    try:
        shutil.copytree(checkout, target, ignore=lambda _, names: LEFT_BEHIND & set(names))
        if with_environment:
            (target / ".venv").symlink_to((checkout / ".venv").resolve())
        yield target
    finally:
        shutil.rmtree(folder)


@contextmanager
def running(checkout: Path, *arguments: str, environment: dict[str, str] | None = None) -> Iterator[Running]:
    """`up` in this checkout, ended by SIGKILL when it is still there."""
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, checkout / "manage.py", "up", *arguments],
        cwd=checkout,
        env=clean_environment() | (environment or {}),
        stdout=subprocess.PIPE,
        stderr=(checkout / "up.log").open("w"),
        text=True,
        start_new_session=True,
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line.startswith("READY "):
            raise LauncherError(f"`up` did not get ready:\n{(checkout / 'up.log').read_text()}")
        yield Running(checkout, process, line.split()[1], time.monotonic() - started)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def clean_environment() -> dict[str, str]:
    """The caller's environment without anything that would lead `up` to other servers."""
    foreign = {*contract.OURS, "DJANGO_SETTINGS_MODULE", "PYTEST_XDIST_WORKER"}
    return {name: value for name, value in os.environ.items() if name not in foreign}


def processes_of(checkout: Path) -> dict[int, str]:
    """The living processes that were started from, or work in, a checkout."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            works_in = os.readlink(folder / "cwd")
        except OSError:
            continue
        if int(folder.name) != os.getpid() and (str(checkout) in command or works_in.startswith(str(checkout))):
            found[int(folder.name)] = command
    return found


def _pss_kilobytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
