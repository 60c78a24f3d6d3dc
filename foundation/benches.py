"""Figures that were promised, and how they are taken: each room adds its measures to a named bench."""

from __future__ import annotations

import hashlib
import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from foundation.registry import Registry

Best = Literal["at most", "at least", "exactly"]


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure by its key, and how good it has to be."""

    key: str
    what: str
    unit: str
    goal: float
    best: Best = "at most"

    def is_met_by(self, value: float) -> bool:
        if self.best == "exactly":
            return value == self.goal
        return value <= self.goal if self.best == "at most" else value >= self.goal


@dataclass(frozen=True, slots=True)
class Measure:
    """One way of taking figures: `take` is called `runs` times and gives a value per key."""

    take: Callable[[], Mapping[str, float]]
    goals: Sequence[Goal]
    runs: int = 3


@dataclass(slots=True)
class Taken:
    """The values of one figure, run by run, or why there are none."""

    goal: Goal
    values: list[float] = field(default_factory=list)
    why_not: str = ""

    def as_dict(self) -> dict[str, Any]:
        value = statistics.median(self.values) if self.values else None
        figure = {
            "key": self.goal.key,
            "what": self.goal.what,
            "value": _rounded(value),
            "unit": self.goal.unit,
            "goal": f"{self.goal.best} {self.goal.goal:g}",
            "ok": value is not None and not self.why_not and self.goal.is_met_by(value),
            "runs": [_rounded(run) for run in self.values],
        }
        return {**figure, "why_not": self.why_not} if self.why_not else figure


@dataclass(slots=True)
class Length:
    """How long measures under load go on, as whoever runs the bench wants it."""

    seconds: int = 60


length = Length()
benches: dict[str, Registry[Measure]] = {}


def bench(name: str) -> Registry[Measure]:
    """The measures of this bench, to which every room may add its own."""
    return benches.setdefault(name, Registry(f"measure of bench {name}"))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def yardstick() -> float:
    """Milliseconds of a fixed piece of work: how fast this machine is just now."""
    began, digest = time.perf_counter(), b""
    for _ in range(60_000):
        digest = hashlib.sha256(digest).digest()
    return (time.perf_counter() - began) * 1000


def take_all(measures: Mapping[str, Measure], *, advance: Callable[[int], None]) -> tuple[list[Taken], list[float]]:
    """Take every figure, run after run in turn, with the yardstick between them."""
    taken = {goal.key: Taken(goal) for measure in measures.values() for goal in measure.goals}
    yardsticks = []
    for run in range(max((measure.runs for measure in measures.values()), default=0)):
        for measure in measures.values():
            if run < measure.runs:
                yardsticks.append(yardstick())
                _take(measure, taken)
                advance(1)
    return list(taken.values()), yardsticks


def _take(measure: Measure, taken: dict[str, Taken]) -> None:
    said = ""
    values: Mapping[str, float] = {}
    try:
        values = measure.take()
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the figure is missing and says why
        said = f"{type(error).__name__}: {error}"[:500]
    for goal in measure.goals:
        if goal.key in values:
            taken[goal.key].values.append(float(values[goal.key]))
        else:
            taken[goal.key].why_not = said or "it was not among what was measured"


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
