"""What every played provider shares: ordered faults, latency, one clock, one post office."""

from __future__ import annotations

import random

from sandbox.control.clock import Clock
from sandbox.control.desk import Call, Desk
from sandbox.control.faults import Faults
from sandbox.control.webhooks import Courier, Habit, Outbox

__all__ = ["Call", "Control", "Desk", "Habit"]


class Control:
    """One for the whole program; each provider takes its desk from it."""

    def __init__(self, seed: int | None = None) -> None:
        self.seed = seed
        self.clock = Clock()
        self.faults = Faults()
        self.courier = Courier(self.clock)
        self.chance = random.Random(seed)  # noqa: S311 - plays accidents
        self.desks: dict[str, Desk] = {}

    def desk(self, provider: str) -> Desk:
        """The place of one provider, made once."""
        if provider not in self.desks:
            outbox = Outbox(self.courier, provider)
            self.desks[provider] = Desk(provider, self.faults, self.clock, outbox)
        return self.desks[provider]

    def calm(self) -> None:
        """Every provider behaves as usual again; what they have done stays."""
        for desk in self.desks.values():
            desk.calm()
