"""Where the earnings run asks the rooms above: what stops a line, and who wants to know that money settled."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation.registry import Registry


@dataclass(frozen=True, slots=True)
class Line:
    """A creator's earnings of one product on one platform in one currency."""

    creator_id: UUID
    platform_id: UUID
    product: str
    currency: str


Stopping = Callable[[], Mapping[Line, UUID]]
"""The lines that are stopped now, each with the freeze that stops it."""
Told = Callable[[Collection[tuple[UUID, str]], datetime], None]
"""Called in the transaction that settled money of these creators and currencies."""

stops: Registry[Stopping] = Registry("stop of earnings")
settled: Registry[Told] = Registry("listener of earnings")


def stopped_lines() -> dict[Line, UUID]:
    """Every line that somebody stops."""
    return {line: freeze_id for stop in stops.values() for line, freeze_id in stop().items()}
