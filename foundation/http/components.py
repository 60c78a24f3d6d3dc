"""What pages are made of: plain values a view fills and one template tag draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.utils.html import format_html

Tone = Literal["neutral", "normal", "delayed", "frozen", "review"]


@dataclass(frozen=True, slots=True)
class Badge:
    """A state told three ways: icon, word and colour."""

    word: str
    tone: Tone = "neutral"
    icon: str = "dot"


# PACK 440 names the first four; the rest are states of our own work.
BADGES: dict[str, Badge] = {
    "NORMAL": Badge("Normal", "normal", "check"),
    "DELAYED": Badge("Delayed", "delayed", "pause"),
    "FROZEN": Badge("Frozen", "frozen", "stop"),
    "UNDER_REVIEW": Badge("Under review", "review", "search"),
    "ok": Badge("OK", "normal", "check"),
    "warn": Badge("Attention", "delayed", "warn"),
    "danger": Badge("Stopped", "frozen", "stop"),
    "neutral": Badge("None", "neutral", "dot"),
}


def badge_for(state: str, word: str = "") -> Badge:
    """The badge of a known state, with another word if one is given; an unknown state is neutral."""
    known = BADGES.get(state) or Badge(state.replace("_", " ").capitalize())
    return Badge(word, known.tone, known.icon) if word else known


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that leads somewhere, with an optional second line."""

    text: str
    href: str = ""
    sub: str = ""


@dataclass(frozen=True, slots=True)
class Id:
    """An identifier people copy; `short` is what is shown when the whole is too long."""

    value: str
    short: str = ""


@dataclass(frozen=True, slots=True)
class Ago:
    """A moment shown by its age."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline that counts down; inside the last `soon_seconds` it asks for attention."""

    at: datetime
    soon_seconds: int = 3600


@dataclass(frozen=True, slots=True)
class Soonest:
    """A moment before which it will not be."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Action:
    """A link, a POST, or a dialog to open; `key` is the letter that presses it."""

    label: str
    href: str = ""
    post: str = ""
    dialog: str = ""
    key: str = ""
    icon: str = ""
    danger: bool = False
    primary: bool = False
    about: str = ""
    values: dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Empty:
    """Why nothing is here, and the next useful thing to do."""

    title: str
    text: str = ""
    icon: str = "inbox"
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; `end` aligns numbers to the right, `tight` takes no more room than it needs."""

    label: str
    end: bool = False
    tight: bool = False
    quiet: bool = False

    @property
    def heading_class(self) -> str:
        return " ".join(filter(None, ("end" if self.end else "", "tight" if self.tight else "")))

    @property
    def cell_tag(self) -> str:
        return format_html('<td data-label="{}" class="{}">', self.label, self.heading_class.replace("end", "end num"))


@dataclass(frozen=True, slots=True)
class Row:
    """Cells in the order of the columns, and what can be done with the row; `pick` is sent when it is chosen."""

    cells: Sequence[Any]
    actions: Sequence[Action] = ()
    total: bool = False
    pick: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A queue: headings, rows, what to say when there are none, and the way to the next page.

    On a phone each row becomes a card, unless `as_cards` is off for a table that is narrow enough.
    """

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    empty: Empty = Empty("Nothing here yet")
    note: str = ""
    previous_url: str = ""
    next_url: str = ""
    next_word: str = "Older"
    keys: bool = False
    as_cards: bool = True
    picks: str = ""
    """The id of the form that sends the rows that were chosen."""

    @property
    def has_actions(self) -> bool:
        return any(row.actions for row in self.rows)


@dataclass(frozen=True, slots=True)
class Kpi:
    """A figure with its unit, its change against a named period, its freshness and where it is explained."""

    label: str
    value: Any
    icon: str = ""
    unit: str = ""
    href: str = ""
    note: str = ""
    change: str = ""
    change_is_up: bool | None = None
    against: str = ""
    points: Sequence[int] = ()
    badge: Badge | None = None
    fresh_at: datetime | None = None

    @property
    def polyline(self) -> str:
        """The sparkline in a box of 100 by 30, whole numbers only."""
        if len(self.points) < 2:
            return ""
        low, span = min(self.points), (max(self.points) - min(self.points)) or 1
        last = len(self.points) - 1
        return " ".join(f"{i * 100 // last},{28 - (p - low) * 26 // span}" for i, p in enumerate(self.points))


@dataclass(frozen=True, slots=True)
class JobBar:
    """Work in the background: how far it is, and when it will be done at this pace."""

    title: str
    done: int
    of: int
    unit: str = ""
    ends_at: datetime | None = None

    @property
    def percent(self) -> int:
        return 100 * self.done // self.of


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a history: when, what, who, and the start of its seal."""

    at: datetime
    title: str
    by: str = ""
    detail: str = ""
    tone: Tone = "neutral"
    icon: str = "dot"
    href: str = ""
    seal: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """A step on the way: done, now, todo or stuck."""

    name: str
    state: Literal["done", "now", "todo", "stuck"] = "todo"
    note: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something waits: the cause first, the date second, what one can do third."""

    cause: str
    by: datetime | None = None
    badge: Badge | None = None
    facts: Sequence[tuple[str, Any]] = ()
    actions: Sequence[Action] = ()
    machine_decided: bool | None = None
    contact: Action | None = None
    appeal: Action | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a difference."""

    name: str
    before: str
    after: str


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """What differs between two records, field by field, in the order of their names."""
    names = sorted({*before, *after})
    texts = [(n, _text(before[n]) if n in before else "", _text(after[n]) if n in after else "") for n in names]
    return [Change(n, old, new) for n, old, new in texts if old != new]


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_text, value))
    return str(value)
