from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from foundation.jobs.periods import Every, Period
from foundation.registry import Registry

Work = Callable[[Period], Any]


@dataclass(frozen=True, slots=True)
class Job:
    """What comes round, how often, and whether missed rounds are made up for.

    In one transaction the effect commits with the mark that it was done: exactly once. A job that commits in
    pieces or calls outside (`in_one_transaction=False`) must be safe to repeat.
    """

    name: str
    every: Every
    work: Work
    catches_up: bool = True
    in_one_transaction: bool = True
    lease: timedelta = timedelta(seconds=50)


jobs: Registry[Job] = Registry("job")


def periodic(
    name: str,
    *,
    every: Every,
    catches_up: bool = True,
    in_one_transaction: bool = True,
    lease: timedelta = timedelta(seconds=50),
) -> Callable[[Work], Work]:
    """Have this function called once for each period that is over, with the period; it may return facts to keep."""

    def register(work: Work) -> Work:
        jobs.add(name, Job(name, every, work, catches_up, in_one_transaction, lease))
        return work

    return register
