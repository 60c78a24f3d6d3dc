"""Hear news as they pass, for who keeps nothing: no group, no inbox, and what was missed is said to be missed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from foundation import prepared
from foundation.events.relay import STREAMS
from foundation.events.transport import Message, Transport, transport

BATCH = 500
LOOK_ROUND_SECONDS = 5.0
LOOK_BACK = 300  # places of each stream

_HEARD = """
SELECT outbox.id, at, relayed_at, type, aggregate_type, aggregate_id, platform_id, payload
FROM unnest(%s::text[], %s::bigint[]) AS told (stream, place)
JOIN outbox ON outbox.stream = told.stream AND outbox.position = told.place ORDER BY relayed_at, outbox.id
"""
_LATELY = """
SELECT outbox.id, at, relayed_at, type, aggregate_type, aggregate_id, platform_id, payload
FROM stream_mark JOIN outbox ON outbox.stream = stream_mark.stream AND outbox.position > stream_mark.placed - %s
WHERE relayed_at > %s ORDER BY relayed_at, outbox.id
"""
_OLDER = """
SELECT stream_mark.stream FROM stream_mark JOIN outbox
ON outbox.stream = stream_mark.stream AND outbox.position = stream_mark.placed - %s WHERE relayed_at > %s
"""


class Heard(NamedTuple):
    """One piece of news as it passed, and when the relay gave it its place."""

    id: int
    at: datetime
    relayed_at: datetime
    type: str
    aggregate_type: str
    aggregate_id: str
    platform_id: UUID | None
    payload: dict[str, Any]


class Follower:
    """Reads all streams from where they are now on; `is_torn` says that something may have passed unheard."""

    def __init__(self, carrier: Transport | None = None) -> None:
        self.carrier = carrier or transport()
        self.places: dict[str, int] = {}
        self.is_torn = False
        self._look_round_at = 0.0

    def begin(self) -> None:
        """Stand at the end of every stream: what passes from now on is heard."""
        self.places = {stream: extent.last for stream, extent in self.carrier.extents(STREAMS).items()}

    def listen(self, *, wait: float) -> list[Heard]:
        """What passed since the last call, or within this many seconds."""
        messages = self.carrier.follow(self.places, most=BATCH, wait=wait)
        for message in messages:
            self._step(message)
        if time.monotonic() >= self._look_round_at:
            self._look_round()
        return read_places((message.stream, message.entry.position) for message in messages)

    def _step(self, message: Message) -> None:
        place = message.entry.position
        self.is_torn |= place != self.places[message.stream] + 1
        self.places[message.stream] = place

    def _look_round(self) -> None:
        """A stream that ends before where we are was lost, and is perhaps being written again."""
        for stream, extent in self.carrier.extents(STREAMS).items():
            if extent.last < self.places[stream]:
                self.is_torn, self.places[stream] = True, extent.last
        self._look_round_at = time.monotonic() + LOOK_ROUND_SECONDS


def read_places(places: Iterable[tuple[str, int]]) -> list[Heard]:
    """The news at these places of their streams."""
    wanted = list(places)
    return _read(_HEARD, [[stream for stream, _ in wanted], [place for _, place in wanted]]) if wanted else []


def heard_since(moment: datetime) -> tuple[list[Heard], bool]:
    """What was relayed after this moment, and whether that is all of it: one looks back only so far."""
    is_more = bool(prepared.run(_OLDER, [LOOK_BACK, moment]))
    return _read(_LATELY, [LOOK_BACK, moment]), not is_more


def _read(statement: str, values: Sequence[Any]) -> list[Heard]:
    return [Heard(*row[:-1], json.loads(row[-1])) for row in prepared.run(statement, values)]  # type: ignore[call-arg]
