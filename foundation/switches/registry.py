"""Which switches there are. A room declares the ones its own code reads, in `registers.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from foundation.registry import Registry
from foundation.switches.errors import refusal
from foundation.switches.states import Kind
from foundation.switches.types import STOPPERS, Declaration, Fails, Figure, Value

switches: Registry[Declaration] = Registry("switch")
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
