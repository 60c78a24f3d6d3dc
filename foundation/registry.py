"""What rooms offer to something that must not know them: each room's `registers.py` adds, one place reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from foundation.errors import NotFound

E = TypeVar("E")


class Registry(Mapping[str, E]):
    """Named entries in the order in which the rooms stand; the same name twice is a mistake."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._entries: dict[str, E] = {}

    def add(self, name: str, entry: E) -> E:
        if self._entries.get(name, entry) != entry:
            raise ValueError(f"{self.what} {name} is registered twice")
        self._entries[name] = entry
        return entry

    def entry(self, name: str) -> Callable[[E], E]:
        """The decorator form of `add`."""
        return lambda entry: self.add(name, entry)

    def remove(self, name: str) -> None:
        del self._entries[name]

    def find(self, name: str) -> E:
        """This entry; NotFound with the known names when there is none."""
        if name not in self._entries:
            raise NotFound(f"{self.what}.unknown", f"There is no {self.what} {name!r}.", known=sorted(self._entries))
        return self._entries[name]

    def __getitem__(self, name: str) -> E:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
