"""Batteries of attacks and accidents: each says how often it tried, and what went wrong."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from foundation.registry import Registry

MOST_SHOWN = 20


@dataclass(slots=True)
class Run:
    """One run of a battery: iterate over it for trials until the time or the number is up."""

    minutes: float | None = None
    most_trials: int | None = None
    seed: int = 1
    trials: int = 0
    violations: list[str] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=dict)
    """What a trial is made of, where one is many things."""
    skipped: str = ""
    on_trial: Callable[[int], None] = lambda _: None
    random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311

    def __iter__(self) -> Iterator[int]:
        ends = time.monotonic() + self.minutes * 60 if self.minutes is not None else float("inf")
        while time.monotonic() < ends and (self.most_trials is None or self.trials < self.most_trials):
            self.trials += 1
            yield self.trials
            self.on_trial(1)

    def violated(self, what: str) -> None:
        self.violations.append(f"trial {self.trials} (seed {self.seed}): {what}")

    def as_dict(self) -> dict[str, Any]:
        return {
            "trials": self.trials,
            "violations": len(self.violations),
            "first_violations": self.violations[:MOST_SHOWN],
            "seed": self.seed,
            **({"counted": self.counted} if self.counted else {}),
            **({"skipped": self.skipped} if self.skipped else {}),
        }


@dataclass(frozen=True, slots=True)
class Battery:
    """What is attacked, and the function that does it."""

    what: str
    attack: Callable[[Run], None]


batteries: Registry[Battery] = Registry("battery")
