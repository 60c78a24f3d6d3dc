"""XS1: seeds one after the other; a seed that fails says where, what came before, and how to see it again."""

from __future__ import annotations

import itertools
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection

from fanzmoney.trials.kept import Database
from fanzmoney.trials.simulator import buying, paying, turning
from fanzmoney.trials.simulator.dying import started_anew
from fanzmoney.trials.simulator.oracle import Oracle
from fanzmoney.trials.simulator.outside import Outside, outside
from fanzmoney.trials.simulator.simulation import Simulation, drawn_ids
from fanzmoney.trials.simulator.world import World, make_world
from foundation import clock
from foundation.events.listening import groups
from foundation.faults import Battery, Run, batteries

STEPS, SHOWN, SEEDS_A_STAGE = 200, 8, 200
# What everybody does once nothing goes wrong any more, and how much later each time.
ROUNDS = (timedelta(minutes=2), timedelta(minutes=20), timedelta(hours=2), timedelta(days=1), timedelta(days=4))
WORK = ("webhooks.sweep", "payments.repair", "payments.expire", "freezes.end", "payouts.run")

__all__ = ["buying", "paying"]


@dataclass
class Told:
    """What a seed came to."""

    seed: int
    hash: str = ""
    trace: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Stage:
    """Where seeds are played."""

    world: World
    outside: Outside
    database: Database


@contextmanager
def stage() -> Iterator[Stage]:
    """The world outside and the people, as every seed finds them; afterwards the database is as it was before."""
    with outside() as beyond, drawn_ids(0), as_it_was("KEYS_DATABASE_URL"), as_it_was():
        world = make_world(beyond.base)
        started_anew()
        with as_it_was() as database:
            yield Stage(world, beyond, database)


@contextmanager
def as_it_was(url: str = "DATABASE_OWNER_URL") -> Iterator[Database]:
    """In here the database may be brought back to how it is now, and at the end it is."""
    database = Database(os.environ[url])
    database.remember()
    try:
        yield database
    finally:
        connection.close()
        database.wipe()
        database.connection.close()
        clock.forget()


def play(on: Stage, seed: int, steps: int = STEPS) -> Told:
    """Play one seed to its end, or to the first step after which something is wrong."""
    with drawn_ids(seed):
        on.database.wipe()
        sim, oracle = Simulation(on.world, on.outside, seed), Oracle(on.outside)
        on.outside.begin()
        told = Told(seed)
        try:
            for _ in range(steps):
                sim.step()
                told.violations += oracle.look()
                sim.trace[-1] += f" | {oracle.digest()}"
                if told.violations:
                    break
            else:
                come_to_rest(sim)
                told.violations += oracle.look_at_the_end()
        except Exception as error:  # noqa: BLE001 - a bug of ours is what is looked for
            told.violations.append(f"{type(error).__name__}: {error}\n{traceback.format_exc(limit=-6)}")
        told.hash, told.trace = sim.hash(), sim.trace
        return told


def come_to_rest(sim: Simulation) -> None:
    """Nothing goes wrong any more: all that is on its way comes, and every job does its work."""
    sim.outside.calm()
    for later in ROUNDS:
        sim.go_on(later)
        buying.end_coins(sim)
        turning.deliver_all(sim)
        for name in WORK:
            sim.do(name, lambda _, name=name: turning.run_job(name))  # type: ignore[misc]
        sim.do("heard", lambda sim: str(turning.hear(sim, groups())))


def simulate(run: Run) -> None:
    """Each trial is a seed of its own, counted on from the one given; now and then the world outside begins anew."""
    trials = iter(run)
    for first in trials:
        with stage() as on:
            for trial in itertools.chain([first], itertools.islice(trials, SEEDS_A_STAGE - 1)):
                seed = run.seed + trial - 1
                told = play(on, seed)
                if told.violations:
                    run.violated(_in_words(told))


def _in_words(told: Told) -> str:
    what = f"seed {told.seed}, step {len(told.trace)}: {'; '.join(told.violations)}"
    before = "\n    ".join(told.trace[-SHOWN:])
    return f"{what}\n    {before}\n    manage.py faults simulator --seed {told.seed} --trials 1"


batteries.add("simulator", Battery("Everything that moves money, in an order drawn from a seed (XS1)", simulate))
