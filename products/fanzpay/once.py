"""One effect and one reply per key, though a provider is called in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from foundation.actors import Actor
from foundation.idempotency.services import (
    Earlier,
    Reply,
    begin_outside_call,
    end_lease,
    find_earlier,
    finish_outside_call,
    keep_reply,
)

V = TypeVar("V")
LEASE = timedelta(seconds=90)
"""Longer than the longest call of a provider: until then a repeat is told to wait."""


@dataclass(frozen=True, slots=True)
class Once(Generic[V]):
    """A request under the name its caller gave it, and how its answer is spelled."""

    by: Actor
    key: str
    asked: bytes
    resource: str
    render: Callable[[V], Reply]
    is_final: Callable[[V], bool]
    find: Callable[[UUID], V]

    def earlier(self) -> Earlier | None:
        """The first request under this key, held until the transaction ends. Refuses while it is being worked on."""
        return find_earlier(by=self.by, key=self.key, asked=self.asked)

    def again(self, earlier: Earlier) -> Answer:
        """What a repeat is told: the first reply, or the resource as it stands."""
        if earlier.reply is not None:
            return Answer(earlier.reply, earlier)
        return Answer(self.render(self.find(UUID(earlier.resource[1]))), earlier)

    def begin(self, id: UUID) -> None:
        """The intent is recorded; a provider is called next."""
        begin_outside_call(by=self.by, key=self.key, asked=self.asked, resource=(self.resource, str(id)), lease=LEASE)

    def end(self, view: V) -> Reply:
        """The call came back. An end is the reply for ever; otherwise a repeat reads what became of it."""
        reply = self.render(view)
        if self.is_final(view):
            finish_outside_call(by=self.by, key=self.key, reply=reply)
        else:
            end_lease(by=self.by, key=self.key)
        return reply

    def at_once(self, view: Any) -> Answer:
        """Nothing was called: the reply commits with the effect, unless its end is still to come."""
        reply = self.render(view)
        if self.is_final(view):
            keep_reply(by=self.by, key=self.key, asked=self.asked, reply=reply, resource=(self.resource, str(view.id)))
        else:
            self.begin(view.id)
            end_lease(by=self.by, key=self.key)
        return Answer(reply)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller gets, and which earlier request it repeats."""

    reply: Reply
    earlier: Earlier | None = None
