"""The batteries by name; each runs in a process of its own, which started its servers before it read its settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial

from django.conf import settings

from fanzmoney.launcher import contract
from foundation.faults import Battery, Run, batteries


def attack(name: str, run: Run) -> None:
    asked = {"name": name, "minutes": run.minutes, "trials": run.most_trials, "seed": run.seed}
    environment = {key: value for key, value in os.environ.items() if key not in contract.OURS}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "fanzmoney.trials.outages.inside", json.dumps(asked)], capture_output=True, text=True,
        check=False, cwd=settings.BASE_DIR, env=environment,
    )  # fmt: skip
    if done.returncode or not done.stdout.strip():
        raise RuntimeError(f"the battery ended with {done.returncode}: {done.stderr[-2_000:]}")
    came = json.loads(done.stdout.strip().splitlines()[-1])
    run.trials += came["trials"]
    run.violations += came["violations"]
    run.counted |= came["counted"]
    run.skipped = came["skipped"]
    run.on_trial(came["trials"])


for _name, _what in (
    ("outage_postgres", "Postgres killed under mixed money writes: nothing granted is lost (XP2)"),
    ("outage_redis", "Redis emptied, frozen, killed: money moves on, and no ban is forgotten (XP4)"),
    ("outage_sessions", "Database sessions ended, held and exhausted: come back later, and all is well again (XP8)"),
    ("outage_wires", "Slow, silent and cut wires to Postgres and Redis: nothing hangs or is lost (XP11)"),
    ("outage_doors", "Every process replaced, the schema changed, under load: nobody notices (XP12)"),
    ("disk_full", "No room for Postgres, logs and documents: come back later, and nothing granted is lost (XP7)"),
    ("point_in_time", "A base copy and the archived log, back to a moment: exactly what was granted by then (XP13)"),
):
    batteries.add(_name, Battery(_what, partial(attack, _name)))
