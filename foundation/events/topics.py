"""docs/topics.md, printed from the event classes of the installed rooms."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from django.apps import apps

from foundation.events.listening import groups, handlers_of
from foundation.events.models import Stream
from foundation.events.types import Event, event_types

HEAD = """# Topics

Printed from the event classes by `manage.py docs_build`; do not edit.

News are told in the past tense, in the transaction that made them true ([events.md](events.md)). A message type is a
topic of its own; the stream it travels on belongs to the table of the row it is about:

| Stream | News of |
|---|---|
"""


def told_types() -> dict[str, type[Event]]:
    """The event classes that stand in the events.py of an installed room."""
    rooms = tuple(f"{config.name}." for config in apps.get_app_configs())
    return {
        name: event
        for name, event in event_types().items()
        if event.__module__.endswith(".events") and event.__module__.startswith(rooms)
    }


def topics_page() -> str:
    streams = "".join(f"| `{stream.value}` | {stream.label} |\n" for stream in Stream)
    return HEAD + streams + "".join(_sections())


def _sections() -> Iterator[str]:
    by_room: dict[str, list[type[Event]]] = {}
    for event in told_types().values():
        by_room.setdefault(event.__module__.removesuffix(".events"), []).append(event)
    for room, events in sorted(by_room.items()):
        yield f"\n## {room.removeprefix('foundation.').replace('.', ' / ')}\n"
        for event in events:
            yield f"\n### `{event.type}` (version {event.version})\n\nTold when {event.told_when}.\n\n"
            yield "| Field | Kind |\n|---|---|\n"
            for field in dataclasses.fields(event):  # type: ignore[arg-type]
                yield f"| `{field.name}` | `{_kind(field.type)}` |\n"
            if listeners := [group for group in groups() if event.type in handlers_of(group)]:
                yield f"\nHeard by: {', '.join(listeners)}.\n"


def _kind(annotation: object) -> str:
    kind = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    return kind.replace(" | ", " or ")
