"""One open socket as the hub sees it: what it may hear, what it was told last, and what waits to be sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from dashboards.live.channels import Kind, Said
from dashboards.live.tokens import Pass

MOST_WAITING, MOST_EVENTS = 200, 20
TRY_AGAIN = 1013

Telling = list[tuple[int, str]]


@dataclass(eq=False)
class Listener:
    """`told` is the last seq of each channel, as this one heard it; 0 after something may have been missed.

    `unread` is the number on the bell of a page that has one; `marks` are of the lists it shows, by their place.
    """

    entrance: Pass
    places: dict[str, str]
    told: dict[str, int] = field(default_factory=dict)
    unread: int | None = None
    marks: dict[str, str] = field(default_factory=dict)
    held: list[tuple[str, Telling]] | None = None
    out: asyncio.Queue[str | tuple[int, str]] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))

    @property
    def channels(self) -> list[str]:
        return list(self.told)

    def tell(self, place: str, messages: Telling) -> None:
        """Say these on the channel that this place is for this listener, each after the one before it."""
        if self.held is not None:
            self.held.append((place, messages))
        else:
            self.tell_now(place, messages)

    def tell_now(self, place: str, messages: Telling) -> None:
        channel = next(channel for channel, its_place in self.places.items() if its_place == place)
        for seq, body in messages:
            seq = max(seq, self.told[channel] + 1)
            self.say(f'{{"channel":"{channel}","seq":{seq},"prev":{self.told[channel]},{body}')
            self.told[channel] = seq

    def hold(self) -> None:
        """Keep what is told meanwhile until the past was told."""
        self.held = []

    def release(self) -> None:
        held, self.held = self.held or [], None
        for place, messages in held:
            self.tell(place, messages)

    def tear(self, at: datetime) -> None:
        """Something may have been missed on every channel: whoever shows it reads it afresh."""
        for channel in self.told:
            self.told[channel] = seq = max(seq_of(at), self.told[channel] + 1)
            self.say_object({"type": "gap", "channel": channel, "seq": seq, "prev": 0, "at": at})

    def beat(self, at: datetime) -> None:
        self.say_object({"type": "heartbeat", "at": at, "seq": self.told})

    def ring(self, unread: int) -> None:
        if self.unread is not None and self.unread != unread:
            self.unread = unread
            self.say_object({"type": "unread", "count": unread})

    def compare(self, place: str, mark: str, at: datetime) -> None:
        """Say that a list is another than this one was told of; the first time it may be."""
        if self.marks.get(place) != mark:
            self.marks[place] = mark
            names = [place.partition(" ")[0]]
            body = {"type": Kind.OWN.value, "at": at, "data": {"count": 1, "names": names, "events": []}}
            self.tell(place, [(seq_of(at), as_json(body)[1:])])

    def say_object(self, message: dict[str, Any]) -> None:
        self.say(as_json(message))

    def say(self, text: str) -> None:
        try:
            self.out.put_nowait(text)
        except asyncio.QueueFull:
            self.end(TRY_AGAIN, "too slow")

    def end(self, code: int, reason: str) -> None:
        """Close soon: what waits is not sent any more."""
        while not self.out.empty():
            self.out.get_nowait()
        self.out.put_nowait((code, reason))


def as_json(message: dict[str, Any]) -> str:
    return json.dumps(message, cls=DjangoJSONEncoder, separators=(",", ":"))


def seq_of(at: datetime) -> int:
    """Microseconds since 1970: a number that rises, survives Redis, and is the same in every process."""
    return int(at.timestamp() * 1_000_000)


def moment_of(seq: int) -> datetime:
    return datetime.fromtimestamp(seq / 1_000_000, UTC)


def telling(said: Iterable[Said]) -> Telling:
    """One message per kind, in the order of their last news; each names all it stands for and shows the newest."""
    by_kind: dict[Kind, list[Said]] = {}
    for one in said:
        by_kind.setdefault(one.kind, []).append(one)
    messages = []
    for kind, its in by_kind.items():
        data = {
            "count": len(its),
            "names": sorted({one.event["name"] for one in its}),
            "events": [one.event for one in its[-MOST_EVENTS:]],
        }
        body = {"type": kind.value, "at": its[-1].news.at, "data": data}
        messages.append((max(seq_of(one.news.relayed_at) for one in its), as_json(body)[1:]))
    return sorted(messages)
