"""Processes that end with the launcher, however it ends."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
NOBODY = 65534
_LIBC = ctypes.CDLL(None)


def run_as(*, root_becomes_nobody: bool) -> dict[str, object]:
    """Popen arguments that let no server run as root."""
    if root_becomes_nobody and os.geteuid() == 0:
        return {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    return {}


@dataclass
class Child:
    """One process in a session of its own, with its log."""

    name: str
    command: Sequence[str | Path]
    log: Path
    output: Path | None = None
    env: dict[str, str] | None = None
    cwd: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals | None = None
    unprivileged: bool = False
    stdin: bytes | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> "Child":
        """Start it from the main thread: the death signal follows the thread that forks."""
        for file in {self.log, self.output or self.log}:
            file.write_bytes(b"")
        with self.log.open("ab") as log, (self.output or self.log).open("ab") as output:
            self.process = subprocess.Popen(
                [str(part) for part in self.command],
                stdin=subprocess.PIPE if self.stdin is not None else subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                env=self.env,
                cwd=self.cwd,
                start_new_session=True,
                preexec_fn=die_with_parent(self.orphan_signal or self.stop_signal),
                **run_as(root_becomes_nobody=self.unprivileged),  # type: ignore[call-overload]
            )
        if self.stdin is not None and self.process.stdin is not None:
            self.process.stdin.write(self.stdin)
            self.process.stdin.close()
        return self

    def exit_code(self) -> int | None:
        """How it ended (negative: by which signal), or None while it lives. It stays unreaped until `finish`."""
        if self.process is None or self.process.returncode is not None:
            return self.process.returncode if self.process else None
        ended = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return None
        return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status

    def ask_to_stop(self) -> None:
        """Send its own stop signal."""
        if self.process and self.exit_code() is None:
            os.kill(self.process.pid, self.stop_signal)

    def finish(self, deadline: float) -> None:
        """Wait until the deadline, then kill; whatever it forked goes with it."""
        if self.process is None or self.process.returncode is not None:
            return
        while self.exit_code() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        # The leader is still unreaped, so the group's number cannot belong to a stranger.
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def last_lines(self, count: int = 20) -> str:
        """The end of its log."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-count:])


def stop_all(children: Sequence[Child], *, grace_seconds: float) -> None:
    """Ask all in reverse order, then wait for all under one deadline."""
    deadline = time.monotonic() + grace_seconds
    for child in reversed(children):
        child.ask_to_stop()
    for child in reversed(children):
        child.finish(deadline)


def die_with_parent(with_signal: signal.Signals) -> Callable[[], None]:
    """What a forked child does first: have the kernel signal it when the launcher dies, even by SIGKILL."""
    parent = os.getpid()

    def ask_the_kernel() -> None:
        if hasattr(_LIBC, "prctl"):
            _LIBC.prctl(PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return ask_the_kernel
