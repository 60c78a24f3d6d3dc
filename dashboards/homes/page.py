"""What a role home is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from foundation.http.components import JobBar, Kpi, Moment, Table


@dataclass(frozen=True, slots=True)
class Panel:
    """A titled part of a home: a queue, a history or a search, and where the whole of it stands."""

    title: str
    table: Table | None = None
    moments: Sequence[Moment] | None = None
    url: str = ""
    search: str = ""
    is_aside: bool = False


@dataclass(slots=True)
class Home:
    """What was collected for one reader."""

    tiles: list[Kpi] = field(default_factory=list)
    panels: list[Panel] = field(default_factory=list)
    jobs: list[JobBar] = field(default_factory=list)

    @property
    def main(self) -> list[Panel]:
        return [panel for panel in self.panels if not panel.is_aside]

    @property
    def aside(self) -> list[Panel]:
        return [panel for panel in self.panels if panel.is_aside]
