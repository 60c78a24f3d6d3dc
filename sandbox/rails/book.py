"""Every instruction a rail ever took: what truly happened, whatever the rail says of it."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sandbox.control.clock import Clock

ACCEPTED, SETTLED, RETURNED = "ACCEPTED", "SETTLED", "RETURNED"
KEPT = 100_000


@dataclass(slots=True)
class Instruction:
    """One payout as a rail took it; `minor` is in the currency's smallest unit."""

    number: int
    rail: str
    reference: str
    minor: int
    currency: str
    destination: str
    accepted_at: datetime
    really_at: datetime
    batch: str = ""
    provider_ref: str = ""
    state: str = ACCEPTED
    settled_at: datetime | None = None
    returned_at: datetime | None = None
    code: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.rail, self.reference

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "rail": self.rail,
            "reference": self.reference,
            "amount_minor": self.minor,
            "currency": self.currency,
            "destination": self.destination,
            "batch": self.batch,
            "provider_ref": self.provider_ref,
            "accepted_at": self.accepted_at.isoformat(),
            "really_at": self.really_at.isoformat(),
            "state": self.state,
            "settled_at": self.settled_at.isoformat() if self.settled_at else None,
            "returned_at": self.returned_at.isoformat() if self.returned_at else None,
            "code": self.code,
        }


class Book:
    """One book for all rails; numbers rise by one and are never given twice."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.last = 0
        self._kept: OrderedDict[int, Instruction] = OrderedDict()
        self._times: Counter[tuple[str, str]] = Counter()

    def take(
        self, rail: str, reference: str, minor: int, currency: str, destination: str, batch: str = ""
    ) -> Instruction:
        """Write down that a rail took this; the same reference once more is one more instruction."""
        self.last += 1
        now = self.clock.now()
        really = datetime.now(UTC)
        taken = Instruction(self.last, rail, reference, minor, currency, destination, now, really, batch)
        taken.provider_ref = f"{rail}-{self.last}"
        self._kept[taken.number] = taken
        self._times[taken.key] += 1
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return taken

    def settle(self, taken: Instruction, at: datetime) -> None:
        if taken.state == ACCEPTED:
            taken.state, taken.settled_at = SETTLED, at

    def come_back(self, taken: Instruction, code: str, at: datetime) -> bool:
        """The money is with the sender again; False when it was before."""
        if taken.state == RETURNED:
            return False
        taken.state, taken.returned_at, taken.code = RETURNED, at, code
        return True

    def named(self, reference: str, rail: str = "") -> list[Instruction]:
        return [one for one in self._kept.values() if one.reference == reference and rail in ("", one.rail)]

    def numbered(self, number: int) -> Instruction | None:
        return self._kept.get(number)

    def after(self, number: int, limit: int, rail: str = "", reference: str = "") -> list[Instruction]:
        """What was taken since, oldest first."""
        found: Iterable[Instruction] = (
            one
            for one in self._kept.values()
            if one.number > number and rail in ("", one.rail) and reference in ("", one.reference)
        )
        return list(islice(found, limit))

    def latest(self, count: int) -> list[Instruction]:
        return list(islice(reversed(self._kept.values()), count))

    def twice(self) -> list[dict[str, Any]]:
        """The references that a rail took more than once."""
        return [
            {"rail": rail, "reference": reference, "times": times}
            for (rail, reference), times in self._times.items()
            if times > 1
        ]
