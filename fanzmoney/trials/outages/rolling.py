"""XP12: everything is replaced and the schema changed while platforms write; nobody notices."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from django.conf import settings

from fanzmoney.launcher import ports
from fanzmoney.launcher.children import die_with_parent
from fanzmoney.trials.outages.attacks import under_load
from fanzmoney.trials.outages.ground import Ground
from fanzmoney.trials.outages.readers import Readers
from fanzmoney.trials.outages.traffic import Traffic
from fanzmoney.trials.running_house import RunningHouse
from foundation.faults import Run

PATIENCE_SECONDS, ASKS_EACH_SECONDS, TOO_MANY = 180, 0.5, 429
PYTHON = (sys.executable, "-m")
DOORS = (
    (*PYTHON, "gunicorn", "fanzmoney.wsgi:application", "--config=python:fanzmoney.doors", "--workers=1", "--threads=4",
     "--log-level=error"),
    (*PYTHON, "fanzmoney.async_door"),
)  # fmt: skip
OTHERS = (
    (*PYTHON, "celery", "-A", "fanzmoney.celery:app", "worker", "--concurrency=1", "--loglevel=ERROR"),
    (sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "runner"),
)
TO_THE_SCHEMA = """
import time
import django; django.setup()
from django.db import connection
with connection.cursor() as cursor:
    began = time.monotonic()
    cursor.execute("ALTER TABLE payment ADD COLUMN IF NOT EXISTS of_a_trial integer")
    print(round(1000 * (time.monotonic() - began)))
"""
LOCKED_MILLISECONDS = 2_000


@dataclass
class Program:
    """One process as production runs it; a door has a port."""

    line: tuple[str, ...]
    url: str
    port: int = 0
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self._start()

    def replace(self) -> int:
        """Asked to stop, waited for, and another in its place; how the old one ended."""
        code = self.close()
        self._start()
        return code

    def close(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=10):
                return True
        except urllib.error.HTTPError as said:
            said.close()
            return False
        except OSError:
            return False

    def _start(self) -> None:
        is_ours = "fanzmoney.async_door" in self.line
        here = (f"--port={self.port}" if is_ours else f"--bind=127.0.0.1:{self.port}",) if self.port else ()
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [*self.line, *here], cwd=settings.BASE_DIR, env={**os.environ, "PUBLIC_URL": self.url, "FANZ_ENV": "demo"},
            preexec_fn=die_with_parent(signal.SIGKILL), stdout=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.port and not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.line[2]} did not start in time; ended: {self.process.poll()}")
            time.sleep(0.1)


def roll(run: Run, here: Ground) -> None:
    """Behind a balancer that asks who is ready, and goes to another door only when one is shut."""
    with under_load(run) as (house, traffic), ExitStack() as ends:
        doors = [_program(house, line, ends, ports.any_free()) for line in DOORS]
        others = [_program(house, line, ends) for line in OTHERS]
        with _balancer(traffic, doors, house.port), Readers(traffic) as readers:
            time.sleep(2)
            for trial in run:
                before = traffic.answers.copy(), readers.answers.copy()
                if turn := trial % 5:
                    program = [*doors, *others][turn - 1]
                    if code := program.replace():
                        run.violated(f"{program.line[2]} was asked to stop and ended with {code}")
                else:
                    _migrate(run, here)
                time.sleep(2 * ASKS_EACH_SECONDS)
                # Readers who do not say who they are may ask too often; platforms never do here.
                failed = lost(traffic.answers - before[0], TOO_MANY) + lost(readers.answers - before[1])
                for status, count in failed.items():
                    run.violated(f"{count} requests were answered {status or 'by nobody'} meanwhile")
        run.counted |= {"writes": traffic.answers.total(), "reads": readers.answers.total()}


def lost(answers: Counter[int], *statuses: int) -> Counter[int]:
    """Those that say the house failed, or are one of these; 0 is nobody's."""
    return Counter({said: count for said, count in answers.items() if said == 0 or said >= 500 or said in statuses})


def _program(house: RunningHouse, line: tuple[str, ...], ends: ExitStack, port: int = 0) -> Program:
    made = Program(line, f"http://localhost:{house.port}", port)
    ends.callback(made.close)
    return made


@contextmanager
def _balancer(traffic: Traffic, doors: list[Program], last: int) -> Iterator[None]:
    """Callers are sent to the doors that say they are ready; at the end, to the house itself."""
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.wait(ASKS_EACH_SECONDS):
            if ready := [door.port for door in doors if door.is_ready()]:
                traffic.ports[:] = ready

    traffic.ports[:] = [door.port for door in doors]
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    try:
        yield
    finally:
        is_over.set()
        asking.join(PATIENCE_SECONDS)
        traffic.ports[:] = [last]


def _migrate(run: Run, here: Ground) -> None:
    """A change of the schema gives up rather than have all wait behind it; with nobody in its way it goes through."""
    with psycopg.connect(here.postgres.urls()["DATABASE_URL"]) as reader:
        reader.execute("SELECT count(*) FROM payment")
        if said := _change_schema(here)[1]:
            if "LockNotAvailable" not in said:
                run.violated(f"a migration behind a long question ends with {said[-300:]}")
        else:
            run.violated("a migration went through a lock")
    for _ in range(5):
        locked, said = _change_schema(here)
        if not said:
            run.counted["longest_lock_ms"] = max(run.counted.get("longest_lock_ms", 0), locked)
            if locked > LOCKED_MILLISECONDS:
                run.violated(f"a migration held everybody up for {locked} ms")
            return
    run.violated(f"a migration found no moment in five tries: {said[-300:]}")


def _change_schema(here: Ground) -> tuple[int, str]:
    """By the connection that migrations use: for how many milliseconds others had to wait, and what went wrong."""
    environment = {**os.environ, "DATABASE_OWNER_URL": here.postgres.urls()["DATABASE_OWNER_URL"], "FANZ_AS_OWNER": "1"}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", TO_THE_SCHEMA], env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    return (0, done.stderr or "it failed") if done.returncode else (int(done.stdout), "")
