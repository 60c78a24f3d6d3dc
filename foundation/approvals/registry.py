"""Which kinds of change can be agreed to. Each room registers its own in `registers.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from foundation.approvals.errors import refusal
from foundation.approvals.rules.exact_change import faults_in
from foundation.approvals.types import Application, Description, Payload
from foundation.errors import Unprocessable
from foundation.registry import Registry


@dataclass(frozen=True, slots=True)
class Approvable:
    """A kind of change: its exact fields, its words, whether it still makes sense, and how it is made."""

    kind: str
    fields: Mapping[str, type]
    describe: Callable[[Payload], Description]
    recheck: Callable[[Payload], None]
    apply: Callable[[Payload, Application], None]
    has_amount: bool = False

    def check(self, payload: Payload) -> None:
        """Refuse a payload that is not exactly of this kind, or that cannot be applied as things stand."""
        if faults := faults_in(payload, self.fields):
            raise Unprocessable("approvals.bad_payload", "The change is not complete.", errors=faults)
        self.recheck(payload)


approvables: Registry[Approvable] = Registry("kind of change")


def approvable(
    kind: str,
    *,
    fields: Mapping[str, type],
    describe: Callable[[Payload], Description],
    recheck: Callable[[Payload], None],
    apply: Callable[[Payload, Application], None],
    has_amount: bool = False,
) -> None:
    """Offer a kind of change. `recheck` refuses what no longer makes sense; `apply` runs in the deciding transaction
    and therefore calls nothing outside. What is described with an amount says so: bounds can be put on it."""
    approvables.add(kind, Approvable(kind, dict(fields), describe, recheck, apply, has_amount))


def approvable_for(kind: str) -> Approvable:
    if kind not in approvables:
        raise refusal("approvals.unknown_kind", kind=kind)
    return approvables[kind]
