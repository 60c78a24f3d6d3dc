"""Back to a moment: a base copy and the archived log of a house that went on writing, as docs/backup.md says it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from django.conf import settings

from fanzmoney.launcher import ports
from fanzmoney.launcher.children import NOBODY
from fanzmoney.launcher.postgres import Postgres
from fanzmoney.launcher.servers import wait_until_ready
from fanzmoney.trials.outages.attacks import under_load
from fanzmoney.trials.outages.ground import Ground
from fanzmoney.trials.outages.traffic import Traffic
from foundation.faults import Run

WRITES_SECONDS, PATIENCE_SECONDS = 5.0, 120.0
ARCHIVE = "test ! -f {wal}/%f && cp %p {wal}/.%f && sync {wal}/.%f && mv {wal}/.%f {wal}/%f"


def go_back(run: Run, here: Ground) -> None:
    """What was granted before the moment is there, what was asked for after it is not, and everything proves whole."""
    wal = _folder(here.state.server_home() / "wal")
    settings_of_docs = {"wal_level": "replica", "archive_mode": "on", "archive_command": ARCHIVE.format(wal=wal)}
    here.kill_postgres()
    flags = [part for name, value in settings_of_docs.items() for part in ("-c", f"{name}={value}")]
    here.postgres.child.command = [*here.postgres.child.command, *flags]
    here.start_postgres()
    moments: list[tuple[float, str]] = []
    copies = []
    with under_load(run) as (_, traffic):
        for trial in run:
            copies.append(_base_copy(here, trial))
            time.sleep(WRITES_SECONDS)
            moments.append((time.monotonic(), str(_ask(here.postgres, "SELECT clock_timestamp()"))))
            time.sleep(WRITES_SECONDS)
    _archive_all(here, wal)
    for copy, (moment, said) in zip(copies, moments, strict=True):
        began = time.monotonic()
        server = _brought_back(here, copy, wal, said)
        try:
            back = time.monotonic() - began
            _judge(run, server, traffic, moment)
            sys.stderr.write(f"back at {said} in {back:.1f} s, proven in {time.monotonic() - began - back:.1f} s\n")
        finally:
            server.child.ask_to_stop()
            server.child.finish(time.monotonic() + 30)


def _base_copy(here: Ground, number: int) -> Path:
    home = _folder(here.state.server_home() / f"base-{number}")
    line: list[str | Path] = [here.postgres.bin / "pg_basebackup", "-D", home / "data", "-c", "fast", "-X", "none"]
    line += ["-h", "127.0.0.1", "-p", str(here.postgres.port), "-U", "fanz_admin"]
    password = {"PGPASSWORD": here.postgres.passwords["admin"], "LC_ALL": "C"}
    subprocess.run(line, env=password, check=True, capture_output=True)  # noqa: S603 - our own words
    return home


def _brought_back(here: Ground, home: Path, wal: Path, moment: str) -> Postgres:
    data = home / "data"
    told = f"restore_command = 'cp {wal}/%f %p'\nrecovery_target_time = '{moment}'\narchive_mode = off\n"
    (data / "postgresql.auto.conf").write_text(told)
    (data / "recovery.signal").touch()
    for file in (data, *data.rglob("*")):
        _give(file)
    server = Postgres(home, here.state.logs / f"{home.name}.log", ports.any_free(), here.postgres.passwords)
    server.start()
    wait_until_ready(server)
    _until(lambda: _ask(server, "SELECT pg_get_wal_replay_pause_state()") == "paused", "the moment was not reached")
    _ask(server, "SELECT pg_wal_replay_resume()")
    _until(lambda: _ask(server, "SELECT pg_is_in_recovery()") is False, "the copy does not take writes")
    return server


def _judge(run: Run, server: Postgres, traffic: Traffic, moment: float) -> None:
    promised = [wish for wish in traffic.promised() if wish.path.endswith("/payments")]
    before = {wish.answer["id"] for wish in promised if wish.answered_at < moment}
    after = {wish.answer["id"] for wish in promised if wish.asked_at > moment}
    kept = set(_ask(server, "SELECT coalesce(array_agg(id::text), '{}') FROM payment", database="fanz"))
    if lost := before - kept:
        run.violated(f"{len(lost)} payments granted before the moment are not there, first {min(lost)}")
    if late := after & kept:
        run.violated(f"{len(late)} payments asked for after the moment are there, first {min(late)}")
    if not before or not after:
        run.violated("nothing was granted before the moment, or nothing after it: nothing was tried")
    files = server.home / "files"  # without the roots that were written down after the moment
    files.mkdir(mode=0o700)
    (files / "erasures.jsonl").touch()
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, settings.BASE_DIR / "manage.py", "backup_prove", "--json", "--list", files / "erasures.jsonl"],
        env={**os.environ, **server.urls(), "FANZ_STATE_DIR": str(files)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        run.violated(f"backup_prove ends with {done.returncode}: {(done.stdout or done.stderr)[-600:]}")
    sys.stderr.write(f"{len(before)} payments before, {len(after)} after; {done.stdout}\n")


def _archive_all(here: Ground, wal: Path) -> None:
    last = str(_ask(here.postgres, "SELECT pg_walfile_name(pg_switch_wal())"))
    _until(lambda: (wal / last).exists(), f"{last} was not archived")


def _ask(server: Postgres, query: LiteralString, *, database: str = "postgres") -> Any:
    with psycopg.connect(
        host="127.0.0.1", port=server.port, dbname=database, user="fanz_admin", password=server.passwords["admin"],
        autocommit=True,
    ) as session:  # fmt: skip
        return (session.execute(query).fetchone() or (None,))[0]


def _folder(place: Path) -> Path:
    """One that the server may write into."""
    place.mkdir(mode=0o700)
    _give(place)
    return place


def _give(place: Path) -> None:
    if os.geteuid() == 0:
        os.chown(place, NOBODY, NOBODY)


def _until(true: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        if time.monotonic() > deadline:
            raise RuntimeError(otherwise)
        time.sleep(0.1)
