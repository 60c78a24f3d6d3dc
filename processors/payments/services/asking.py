"""In whose name a second person is asked. A platform that charges or refunds has asked for it by that."""

from __future__ import annotations

from dataclasses import replace

from foundation.actors import Actor, ActorKind, system
from foundation.identity.scopes import Scope

HOUSE = system("payments")


def asker_of(by: Actor) -> Actor:
    """The person or program that wants it, so that one other person is enough; what runs by itself needs two."""
    if by.kind is ActorKind.CLIENT:
        return replace(by, scopes=by.scopes | {Scope.APPROVALS_ASK})
    return by if by.kind is ActorKind.USER else HOUSE
