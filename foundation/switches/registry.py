"""Which switches there are. A room declares the ones its own code reads, in `registers.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from foundation.registry import Registry
from foundation.switches.errors import refusal
from foundation.switches.states import Kind
from foundation.switches.types import STOPPERS, Declaration, Fails, Figure, Value

Grow = Callable[[], None]


class Switches(Registry[Declaration]):
    """The declared switches, and those of things that are added while the house runs: each room says how to look for
    new ones, and is asked when all are listed or one is not known."""

    def __init__(self) -> None:
        super().__init__("switch")
        self._growing: list[Grow] = []

    def grow_by(self, grow: Grow) -> None:
        self._growing.append(grow)

    def declared(self) -> frozenset[str]:
        """What is known without looking for more."""
        return frozenset(self._entries)

    def __getitem__(self, name: str) -> Declaration:
        if name not in self._entries:
            self._grow()
        return super().__getitem__(name)

    def __iter__(self) -> Iterator[str]:
        self._grow()
        return iter(list(self._entries))

    def __len__(self) -> int:
        self._grow()
        return super().__len__()

    def _grow(self) -> None:
        for grow in self._growing:
            grow()


switches = Switches()
_by_url: dict[tuple[str, str], str] = {}


def declare_switch(
    key: str,
    kind: Kind,
    *,
    title: str,
    consequence: str,
    scope: str = "everywhere",
    fails: Fails,
    default: Value = None,
    choices: Iterable[Value] = (),
    stopped_by: Iterable[str] = STOPPERS,
    closes: Iterable[str] = (),
    preview: Callable[[], list[Figure]] | None = None,
) -> Declaration:
    """Declare a switch and what it answers when Postgres cannot be read: `closed` wherever money could leave.

    `closes` names URLs as "METHOD view:name"; while the switch is stopped they answer 503.
    """
    declared = Declaration(
        key, Kind(kind), title, consequence, scope, fails, default, tuple(choices), frozenset(map(str, stopped_by)),
        tuple(closes), preview,
    )  # fmt: skip
    switches.add(key, declared)
    for url in declared.closes:
        method, view_name = url.split(" ")
        _by_url[view_name, method] = key
    return declared


def declaration(key: str) -> Declaration:
    if key not in switches:
        raise refusal("switches.unknown", key=key, known=sorted(switches))
    return switches[key]


def switch_closing(view_name: str, method: str) -> str | None:
    """The switch that stops this URL, if there is one."""
    return _by_url.get((view_name, method))
