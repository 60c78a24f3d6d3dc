"""One seed: what happens next is drawn, done by the services, judged, and written down so that two runs compare."""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, TypeVar
from unittest.mock import patch

from fanzmoney.trials.simulator.dying import Died, dying_at, started_anew
from fanzmoney.trials.simulator.outside import Letter, Outside
from fanzmoney.trials.simulator.world import World, begins
from foundation import clock, ids
from foundation.errors import Refusal

Choice = TypeVar("Choice")
Deed = Callable[["Simulation"], str]
DEADLY, MOST_POINTS = 0.2, 5
_begun = itertools.count(1)


@dataclass(frozen=True)
class Operation:
    """Something that may happen, and how often it does."""

    name: str
    weight: int
    work: Deed


operations: list[Operation] = []


def operation(weight: int) -> Callable[[Deed], Deed]:
    """May happen at any step, so often among all others."""

    def enlist(work: Deed) -> Deed:
        operations.append(Operation(work.__name__, weight, work))
        return work

    return enlist


@dataclass
class Simulation:
    """The virtual moment, the draw, and what is on its way between the house and the world outside."""

    world: World
    outside: Outside
    seed: int
    at: datetime = field(init=False)
    random: random.Random = field(init=False)
    waiting: list[Letter] = field(default_factory=list)
    delivered: list[Letter] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    heard: dict[str, int] = field(default_factory=dict)
    trace: list[str] = field(default_factory=list)
    _notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.at, self.random = begins(self.seed), random.Random(self.seed)  # noqa: S311

    def step(self) -> None:
        """Draw what happens, and now and then at which point of it the process dies."""
        self.go_on(timedelta(minutes=1))
        (chosen,) = self.random.choices(operations, [one.weight for one in operations])
        deadly = self.random.randint(1, MOST_POINTS) if self.random.random() < DEADLY else 0
        self.do(chosen.name, chosen.work, deadly)

    def do(self, name: str, work: Deed, deadly: int = 0) -> None:
        self._notes.clear()
        try:
            with dying_at(deadly):
                outcome = work(self)
        except Refusal as refused:
            outcome = refused.code
        except Died as died:
            outcome = f"died at {died.point}"
            started_anew()
        said = " ".join([name, *self._notes])
        self.trace.append(f"{len(self.trace) + 1} {self.at:%m-%d %H:%M} {said} -> {outcome}")

    def go_on(self, time: timedelta) -> None:
        """It is so much later for the house, its database and everybody outside; a process keeps nothing it read."""
        self.at += time
        ahead = self.at - datetime.now(UTC)
        clock.move_clock(ahead=ahead)
        self.outside.be_at(ahead)
        started_anew()

    def note(self, *said: object) -> None:
        """What was drawn for this step."""
        self._notes += map(str, said)

    def pick(self, some: list[Choice]) -> Choice | None:
        """One of them, or nothing of nothing."""
        return self.random.choice(some) if some else None

    def hash(self) -> str:
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()


@contextmanager
def drawn_ids(seed: int) -> Iterator[None]:
    """Ids that follow from the seed and rise in the order of birth; those of two runs never meet outside."""
    drawn, run, births = random.Random(seed), next(_begun), itertools.count(1)  # noqa: S311
    moments = SimpleNamespace(time_ns=lambda: (run * 10_000_000 + next(births)) * 1_000_000)
    with patch.multiple(ids, time=moments, os=SimpleNamespace(urandom=drawn.randbytes)):
        yield
