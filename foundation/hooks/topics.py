"""What platforms may be told of: the topics, each with the only facts of it that leave the house."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from foundation.events.listening import News
from foundation.registry import Registry

TEST = "hook.test"
Facts = dict[str, Any]
Describe = Callable[[News, UUID], Facts | None]


@dataclass(frozen=True, slots=True)
class Topic:
    """A kind of news platforms may subscribe to: what it is about, when it is told, and what it says."""

    type: str
    about: str
    told_when: str
    describe: Describe
    example: Facts


TOPICS: Registry[Topic] = Registry("topic")
