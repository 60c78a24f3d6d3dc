from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EntryMatch:
    """An entry whose name is like the one asked about. Numbers alone: no name leaves this room."""

    list_name: str
    list_id: int
    entry_key: str
    score: int


@dataclass(frozen=True, slots=True)
class NameMatch:
    """What holding a name against all lists in force found, best first."""

    lists: tuple[str, ...]
    matches: tuple[EntryMatch, ...]
    is_known: bool = True
    """False when we know no name of this party: nothing could be compared."""

    @property
    def best(self) -> int:
        return max((match.score for match in self.matches), default=0)
