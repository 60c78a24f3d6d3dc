"""The jack hammer: eight processes post and are killed, the server falls over, and the books are whole."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psycopg
from django.conf import settings

from fanzmoney.launcher.children import die_with_parent
from fanzmoney.trials.private_server import PrivateServer, private_server
from foundation.faults import Battery, Run, batteries
from foundation.ids import uuid7

WORKERS, PEOPLE = 8, 24
KINDS = """
INSERT INTO ledger_kind (kind, purpose, normal_side, floor, is_house, slots, meaning) VALUES
    ('hammer', 'wallet', 'credit', 0, false, 1, 'Hammered.'), ('hammer', 'hot', 'credit', NULL, true, 16, 'Hammered.'),
    ('hammer', 'world', 'debit', NULL, true, 1, 'Hammered.')
ON CONFLICT DO NOTHING
"""
OPEN = "SELECT ledger_open_account('hammer', %s, 'USD', %s)"
FUND = "SELECT is_new FROM ledger_post_one(uuidv7(), NULL, 'top_up', %s, %s, 2000, 'USD')"
COUNT = {
    "posted": "SELECT id::text, count(*) FROM ledger_row WHERE id = ANY (%s::uuid[]) GROUP BY 1",
    "held": "SELECT id::text, count(*) FROM ledger_hold WHERE id = ANY (%s::uuid[]) GROUP BY 1",
}
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


@dataclass
class Hammer:
    """The workers on one server, and what they were promised."""

    server: PrivateServer
    folder: Path
    accounts: dict[str, Any]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    born: int = 0
    deadlocks: int = 0
    trace: IO[str] | None = None

    def say(self, what: str, **facts: Any) -> None:
        if self.trace:
            self.trace.write(json.dumps({"at": round(time.time(), 3), "what": what, **facts}) + "\n")
            self.trace.flush()

    def spawn(self, seed: int) -> None:
        self.born += 1
        command = [sys.executable, "-m", "fanzmoney.trials.ledger_worker"]
        worker = subprocess.Popen(  # noqa: S603
            [*command, self.folder / f"acks-{self.born}", f"{seed}-{self.born}"],
            stdin=subprocess.PIPE,
            stderr=(self.folder / f"worker-{self.born}.log").open("wb"),
            cwd=settings.BASE_DIR,
            env=self.server.environment,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
        assert worker.stdin is not None
        worker.stdin.write(json.dumps(self.accounts).encode() + b"\n")
        worker.stdin.close()
        self.workers.append(worker)
        self.say("born", worker=self.born, pid=worker.pid)

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        self.workers.remove(worker)
        worker.kill()
        worker.wait()
        self.say("killed", pid=worker.pid)

    def crash_server(self) -> None:
        self.count_deadlocks()
        self.server.crash()
        self.say("server crashed")
        began = time.monotonic()
        self.server.start()
        self.say("server back", seconds=round(time.monotonic() - began, 2))

    def count_deadlocks(self) -> None:
        """A crash forgets the statistics, so they are read before it too."""
        with self.server.connect() as connection:
            self.deadlocks += _scalar(connection, DEADLOCKS)

    def acknowledged(self) -> dict[str, list[str]]:
        """Ids the workers got an answer for. A worker killed while writing leaves half a line, which is no promise."""
        found: dict[str, list[str]] = {what: [] for what in COUNT}
        for file in sorted(self.folder.glob("acks-*")):
            for line in file.read_text().splitlines(keepends=True):
                if line.endswith("\n"):
                    said = json.loads(line)
                    found[said["what"]] += said["ids"]
        return found


def hammer(run: Run, *, crashes: int = 1) -> dict[str, int]:
    """Post, kill and crash for the run's time; report what was promised and not kept."""
    with private_server() as server:
        folder = server.state.folder / "hammer"
        folder.mkdir()
        place = Path(settings.STATE_DIR) / "traces"
        place.mkdir(parents=True, exist_ok=True)
        with (place / "ledger-hammer.jsonl").open("w") as trace:
            work = Hammer(server, folder, _accounts(server), trace=trace)
            try:
                return _hammer(work, run, crashes)
            finally:
                for worker in list(work.workers):
                    work.kill(worker)


def _hammer(work: Hammer, run: Run, crashes: int) -> dict[str, int]:
    for _ in range(WORKERS):
        work.spawn(run.seed)
    _wait_until_warm(work)
    crash_at = {round((n + 1) * _length(run) / (crashes + 1), 3) for n in range(crashes)}
    began = time.monotonic()
    for _ in run:
        time.sleep(run.random.uniform(0.2, 1.0))
        if crash_at and time.monotonic() - began >= min(crash_at):
            crash_at.discard(min(crash_at))
            work.crash_server()
        else:
            work.kill(run.random.choice(work.workers))
            work.spawn(run.seed)
        for worker in [worker for worker in work.workers if worker.poll() is not None]:
            run.violated(f"a worker ended by itself: {_last_words(work)}")
            work.workers.remove(worker)
            work.spawn(run.seed)
    if crash_at:
        work.crash_server()
        time.sleep(1)
    for worker in list(work.workers):
        work.kill(worker)
    return _judge(work, run)


def _judge(work: Hammer, run: Run) -> dict[str, int]:
    work.count_deadlocks()
    if work.deadlocks:
        run.violated(f"{work.deadlocks} deadlocks")
    promised = work.acknowledged()
    with work.server.connect() as connection:
        for what, ids in promised.items():
            kept: dict[str, int] = dict(connection.execute(COUNT[what].encode(), [ids]).fetchall())
            lost = [id for id in ids if kept.get(id) != 1]
            if lost:
                run.violated(f"{len(lost)} acknowledged as {what} are not there exactly once, such as {lost[0]}")
        total = _scalar(connection, "SELECT count(*) FROM ledger_transfer_key")
    verified = subprocess.run(  # noqa: S603
        [sys.executable, settings.BASE_DIR / "manage.py", "ledger_verify", "--json", "--without-seals"],
        env=work.server.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(verified.stdout or "{}")
    for finding in report.get("findings", []):
        run.violated(" ".join(finding.values()))
    if not report.get("is_sound"):
        run.violated(f"the books are not sound: {verified.stderr[-500:]}")
    counts = {what: len(ids) for what, ids in promised.items()}
    work.say("judged", violations=len(run.violations), transfers=total, **counts)
    return {"transfers": total, "deadlocks": work.deadlocks, "workers": work.born, **counts}


def _accounts(server: PrivateServer) -> dict[str, Any]:
    with server.connect("owner") as owner:
        owner.execute(KINDS)
    with server.connect() as connection:
        people = [_scalar(connection, OPEN, "wallet", uuid7()) for _ in range(PEOPLE)]
        hot, world = _scalar(connection, OPEN, "hot", None), _scalar(connection, OPEN, "world", None)
        for person in people:
            connection.execute(FUND, [world, person])
    return {"people": people, "hot": hot, "world": world}


def _wait_until_warm(work: Hammer, seconds: float = 240) -> None:
    """Workers need a moment to begin; the clock of the run starts with their first acknowledgement."""
    ends = time.monotonic() + seconds
    while not work.acknowledged()["posted"]:
        if time.monotonic() > ends:
            raise TimeoutError(f"no worker posted anything: {_last_words(work)}")
        time.sleep(0.1)


def _length(run: Run) -> float:
    return run.minutes * 60 if run.minutes is not None else (run.most_trials or 1) * 0.6


def _last_words(work: Hammer) -> str:
    logs = sorted(work.folder.glob("worker-*.log"), key=lambda file: file.stat().st_mtime)
    return logs[-1].read_text(errors="replace")[-500:] if logs else ""


def _scalar(connection: psycopg.Connection, sql: str, *values: Any) -> int:
    row = connection.execute(sql.encode(), values).fetchone()
    assert row is not None
    return int(row[0])


def attack(run: Run) -> None:
    hammer(run)


batteries.add("ledger_hammer", Battery("Workers and the server killed while posting: no promise broken (XP2)", attack))
