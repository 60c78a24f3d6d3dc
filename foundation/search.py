"""What can be found: each room says how, in one statement that walks indexes; pages ask on behalf of their reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from foundation.actors import Actor
from foundation.registry import Registry

MOST_WORDS = 120


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody looks for, who they are, and how many they can use of one kind."""

    words: str
    viewer: Actor
    most: int = 5

    @property
    def id(self) -> UUID | None:
        """The words as an id, when they are one."""
        try:
            return UUID(self.words)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found, in the words that its page shows too, and where in its room's page it stands."""

    title: str
    sub: str = ""
    args: tuple[Any, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finder:
    """How a room's things are found. Who may not open `page`, or lacks all of `roles`, is never asked for."""

    title: str
    icon: str
    page: str
    find: Callable[[Asked], list[Hit]]
    roles: frozenset[str] = frozenset()
    shows_people: bool = False
    """Every question is written down, as reading a list of people is."""


finders: Registry[Finder] = Registry("finder")
