"""The programs of one machine as forks of one process: what they share is imported once and in memory once."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn, TypedDict

import django
import psycopg
from django.conf import settings
from django.core.management import call_command
from setproctitle import setproctitle

from fanzmoney.launcher.children import die_with_parent
from foundation.errors import Conflict

LAST_LINES = 20
YIELDS = {"runner": 5, "worker": 10}
"""Whoever waits for an answer goes first where there are fewer processors than programs."""


class Line(TypedDict):
    """One program: which, with what arguments, and where its words go."""

    name: str
    arguments: list[str]
    log: str


def serve(arguments: Sequence[str]) -> None:
    from fanzmoney import async_door

    async_door.serve(arguments)


def work(arguments: Sequence[str]) -> None:
    from fanzmoney.celery import app

    app.worker_main(list(arguments))


def turn(arguments: Sequence[str]) -> None:
    call_command("runner", *arguments)


PROGRAMS: dict[str, tuple[str, Callable[[Sequence[str]], None], signal.Signals]] = {
    "web": ("uvicorn", serve, signal.SIGTERM),
    # Without broker and database an orphaned worker would wait for ever; late acknowledgement keeps its tasks.
    "worker": ("celery", work, signal.SIGKILL),
    "runner": ("runner", turn, signal.SIGTERM),
}


def run(lines: Sequence[Line]) -> int:
    """Run them until asked to stop, or until one ends; 0 when asked."""
    _import_everything()
    _refuse_half_restored()
    running = {_fork(line): line for line in lines}
    asked: list[int] = []

    def stop(number: int, _: object) -> None:
        asked.append(number)
        for pid in running:
            os.kill(pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while running:
        pid, status = os.wait()
        line = running.pop(pid, None)
        if line and not asked:
            sys.stderr.write(_end_of(line, os.waitstatus_to_exitcode(status)))
            for other in running:
                os.kill(other, signal.SIGKILL)
            return 1
    return 0


def _import_everything() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fanzmoney.settings")
    django.setup()
    for module in ("fanzmoney.celery", "fanzmoney.urls", "fanzmoney.async_door"):
        import_module(module)

    gc.collect()
    gc.freeze()  # what is there by now is never touched again by the collector, so it stays shared


def _refuse_half_restored() -> None:
    from fanzmoney.backups.half import refuse_half_restored

    # A session of its own: no fork may inherit one of the pool.
    with psycopg.connect(settings.DATABASE_URL) as session, session.cursor() as cursor:
        try:
            refuse_half_restored(cursor)
        except Conflict as refusal:
            sys.exit(refusal.detail)


def _fork(line: Line) -> int:
    title, begin, orphan_signal = PROGRAMS[line["name"]]
    follow = die_with_parent(orphan_signal)
    if pid := os.fork():
        return pid
    follow()
    os.nice(YIELDS.get(line["name"], 0))
    log = os.open(line["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    setproctitle(f"{sys.executable} {title}")
    _become(begin, line["arguments"])


def _become(begin: Callable[[Sequence[str]], None], arguments: Sequence[str]) -> NoReturn:
    code = 1
    try:
        begin(arguments)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - a fork must not go on with what its parent does next
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _end_of(line: Line, code: int) -> str:
    how = f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
    said = Path(line["log"]).read_text(errors="replace").splitlines()[-LAST_LINES:]
    return "\n".join([f"{line['name']} ended ({how})", *said])


if __name__ == "__main__":
    sys.exit(run(json.load(sys.stdin)))
