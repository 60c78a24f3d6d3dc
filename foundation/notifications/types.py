"""What rooms write into the catalogue and what pages show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation.notifications.states import Level


@dataclass(frozen=True, slots=True)
class Topic:
    """A group of notices; people from outside are asked only about what their roles can be told."""

    about: str
    outside: frozenset[str]


@dataclass(frozen=True, slots=True)
class Notice:
    """One kind of message. Title, body and path are filled with facts: ids and codes, no personal data."""

    key: str
    topic: str
    level: Level
    title: str
    body: str
    path: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """By which ways a person wants to hear."""

    in_app: bool = True
    by_mail: bool = True


@dataclass(frozen=True, slots=True)
class NotificationLine:
    id: UUID
    notice: str
    level: Level
    title: str
    body: str
    path: str
    created_at: datetime
    read_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class TopicChoice:
    """One line of the preferences: a topic and how this person hears of it."""

    topic: str
    about: str
    in_app: bool
    by_mail: bool
    has_actions: bool
