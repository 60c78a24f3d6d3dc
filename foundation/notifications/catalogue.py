"""Every kind of message there is. Rooms below are spoken for here; rooms above add theirs in `registers.py`."""

from __future__ import annotations

from collections.abc import Collection

from foundation.notifications.states import Level
from foundation.notifications.types import Notice, Topic
from foundation.registry import Registry

notices: Registry[Notice] = Registry("notice")
topics: Registry[Topic] = Registry("topic")


def declare_topic(topic: str, about: str, *, outside: Collection[str] = ()) -> None:
    """A group of notices that people choose together; `about` is how the preferences page says it.

    `outside` are the roles besides staff that are told of it.
    """
    topics.add(topic, Topic(about, frozenset(outside)))


def declare_notice(key: str, *, topic: str, level: Level, title: str, body: str, path: str) -> Notice:
    """Add a kind of message; words in braces are facts that `notify` is given."""
    if topic not in topics:
        raise ValueError(f"{key}: there is no topic {topic}")
    return notices.add(key, Notice(key, topic, level, title, body, path))
