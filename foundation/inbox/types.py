from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """A letter as pages show it."""

    id: int
    group: str
    state: str
    event_id: int
    event_type: str
    aggregate_type: str
    aggregate_id: str
    tries: int
    error: str
    opened_at: datetime
    parked_at: datetime | None
    waiting_behind: int


@dataclass(frozen=True, slots=True)
class GroupHealth:
    """How far one group is with one stream; None where the transport does not answer or forgot."""

    group: str
    behind: int | None
    in_hand: int | None


@dataclass(frozen=True, slots=True)
class StreamHealth:
    """How far one stream is."""

    stream: str
    waiting: int
    oldest_waiting_seconds: float
    placed: int
    floor: int
    sent: int | None
    groups: tuple[GroupHealth, ...]
