"""XP11: the wires to Postgres and Redis are slow, silent or cut in the middle of a word."""

from __future__ import annotations

import time

from fanzmoney.trials.outages.attacks import is_back, under_load
from fanzmoney.trials.outages.ground import Ground
from fanzmoney.trials.outages.relay import Relay
from foundation.faults import Run


def trouble_wires(run: Run, here: Ground) -> None:
    """Each trial troubles one wire in one way for some seconds; afterwards all is as before, with no human step."""
    with under_load(run) as (_, traffic):
        ways = [(server, way) for way in (_slow, _cut, _shorten, _silence) for server in ("postgres", "valkey")]
        for trial in run:
            server, way = ways[(trial - 1) % len(ways)]
            way(run, here.relays[server])
            here.relays[server].calm()
            is_back(run, traffic)


def _slow(run: Run, wire: Relay) -> None:
    wire.delay = 0.05
    time.sleep(4)


def _cut(run: Run, wire: Relay) -> None:
    for _ in range(5):
        wire.cut()
        time.sleep(run.random.uniform(0.1, 0.6))


def _shorten(run: Run, wire: Relay) -> None:
    for _ in range(5):
        wire.left = run.random.randrange(1, 20_000)
        time.sleep(run.random.uniform(0.2, 0.8))


def _silence(run: Run, wire: Relay) -> None:
    wire.is_silent = True
    time.sleep(run.random.uniform(3, 8))
