"""Charts drawn on the server, in whole numbers; the same figures stand beside them as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from foundation.money import Money

WIDTH, HEIGHT = 720, 160


@dataclass(frozen=True, slots=True)
class BalanceChart:
    """What stood on an account over time: each value holds until the next one."""

    label: str
    points: Sequence[tuple[datetime, Money]]

    @property
    def width(self) -> int:
        return WIDTH

    @property
    def height(self) -> int:
        return HEIGHT

    @property
    def low(self) -> Money:
        return min(min(amount for _, amount in self.points), Money.zero(self.points[0][1].currency))

    @property
    def high(self) -> Money:
        return max(max(amount for _, amount in self.points), Money.zero(self.points[0][1].currency))

    @property
    def first(self) -> datetime:
        return self.points[0][0]

    @property
    def last(self) -> datetime:
        return self.points[-1][0]

    @property
    def zero(self) -> int:
        """How far down the line of nothing lies."""
        return self._down(0)

    @property
    def steps(self) -> str:
        """The line: along, then up or down."""
        places = [(self._along(at), self._down(amount.minor)) for at, amount in self.points]
        drawn = [f"M{places[0][0]} {places[0][1]}"]
        drawn += [f"H{x}V{y}" for x, y in places[1:]]
        return "".join([*drawn, f"H{WIDTH}"])

    def _along(self, at: datetime) -> int:
        whole = int((self.last - self.first).total_seconds()) or 1
        return int((at - self.first).total_seconds()) * WIDTH // whole

    def _down(self, minor: int) -> int:
        span = (self.high.minor - self.low.minor) or 1
        return 4 + (self.high.minor - minor) * (HEIGHT - 8) // span
