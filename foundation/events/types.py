from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

_types: dict[str, type[Event]] = {}


class Event:
    """Base of all news: a frozen dataclass of ids, whole numbers, texts and times, with `type` and `version`."""

    type: ClassVar[str]
    version: ClassVar[int] = 1
    told_when: ClassVar[str] = ""

    def __init_subclass__(cls, *, type: str, version: int = 1, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.type, cls.version = type, version
        known = _types.setdefault(f"{type}/{version}", cls)
        if known.__qualname__ != cls.__qualname__ or known.__module__ != cls.__module__:
            raise TypeError(f"two classes tell {type} version {version}")
        _types[f"{type}/{version}"] = cls

    def payload(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}  # type: ignore[arg-type]


def event_types() -> dict[str, type[Event]]:
    return dict(sorted(_types.items()))
