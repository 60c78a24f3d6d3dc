"""XP12: the web processes are replaced one after the other while platforms write; nobody notices."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request

from django.conf import settings

from fanzmoney.launcher import ports
from fanzmoney.launcher.children import die_with_parent
from fanzmoney.trials.outages.attacks import under_load
from fanzmoney.trials.outages.ground import Ground
from fanzmoney.trials.running_house import RunningHouse
from foundation.faults import Run

PATIENCE_SECONDS = 90
LINE = ("--workers", "1", "--threads", "4", "--graceful-timeout", "25", "--log-level", "error")


class Door:
    """One web process as production serves it."""

    def __init__(self, house: RunningHouse) -> None:
        self.port, self.url = ports.any_free(), f"http://localhost:{house.port}"
        self.process = self._open()

    def replace(self) -> int:
        """Asked to stop, waited for, and another in its place; how the old one ended."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE_SECONDS)
        self.process = self._open()
        return code

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)

    def _open(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "gunicorn", "fanzmoney.wsgi:application", "--bind", f"127.0.0.1:{self.port}", *LINE],
            cwd=settings.BASE_DIR, env={**os.environ, "PUBLIC_URL": self.url, "FANZ_ENV": "demo"},
            preexec_fn=die_with_parent(signal.SIGKILL), stdout=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/livez", timeout=5):
                    return process
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("a web process did not start") from None
                time.sleep(0.1)


def roll(run: Run, here: Ground) -> None:
    """A caller that is refused a connection goes to the other door, as a balancer would; nothing else may fail."""
    with under_load(run) as (house, traffic):
        doors: list[Door] = []
        try:
            doors += [Door(house), Door(house)]
            traffic.ports[:] = [door.port for door in doors]
            time.sleep(2)
            for trial in run:
                before = dict(traffic.answers)
                code = doors[trial % 2].replace()
                if code:
                    run.violated(f"a web process that was asked to stop ended with {code}")
                for status in (0, 500, 502, 503):
                    if lost := traffic.answers[status] - before.get(status, 0):
                        run.violated(f"{lost} requests were answered {status or 'by nobody'} while a door was replaced")
        finally:
            traffic.end()
            traffic.ports[:] = [house.port]
            for door in doors:
                door.close()
