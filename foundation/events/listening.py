"""Who listens to what: rooms enlist their handlers here, each group with its own memory of what it has heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID


class Aggregate(NamedTuple):
    """The row news are about; its news are numbered 1..n."""

    type: str
    id: str


@dataclass(frozen=True, slots=True)
class News:
    """One outbox row as a handler gets it."""

    id: int
    at: datetime
    stream: str
    type: str
    version: int
    aggregate_type: str
    aggregate_id: str
    sequence: int
    platform_id: UUID | None
    payload: dict[str, Any]

    @property
    def aggregate(self) -> Aggregate:
        return Aggregate(self.aggregate_type, self.aggregate_id)


Handler = Callable[[News], None]
_groups: dict[str, dict[str, list[Handler]]] = {}


def on(*types: str, group: str) -> Callable[[Handler], Handler]:
    """Have this function called once for each such news, in order per aggregate, inside a transaction."""
    if not types:
        raise TypeError("a handler names the types it listens to")

    def enlist(handler: Handler) -> Handler:
        for type in types:
            handlers = _groups.setdefault(group, {}).setdefault(type, [])
            if handler not in handlers:
                handlers.append(handler)
        return handler

    return enlist


def groups() -> list[str]:
    return sorted(_groups)


def handlers_of(group: str) -> dict[str, list[Handler]]:
    """The group's handlers by type of news; empty for a group nobody enlisted in."""
    return _groups.get(group, {})
