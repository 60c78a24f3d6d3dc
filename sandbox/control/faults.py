"""Troubles that were ordered for the next calls of a provider."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

KINDS = {
    "decline": "refuse with this code",
    "http_500": "answer 500 and do nothing",
    "http_500_after": "do it, then answer 500",
    "slow": "do it, answer so many seconds later",
    "close_before": "hang up and do nothing",
    "close_after": "do it, then hang up without an answer",
    "half_body": "do it, then hang up in the middle of the answer",
    "wrong_amount": "do it, and name another amount in the answer",
    "throttle": "refuse as too many calls",
}
WITH_ARGUMENT = {"decline": re.compile(r"[\w-]{1,40}"), "slow": re.compile(r"\d{1,3}(\.\d{1,3})?")}
MOST_TIMES = 1_000_000
MOST_FAULTS = 1_000


@dataclass
class Fault:
    """One order: which calls, what happens to them, and how often still."""

    id: int
    provider: str
    operation: str
    kind: str
    argument: str
    left: int
    match: dict[str, str] = field(default_factory=dict)

    def fits(self, provider: str, operation: str, fields: Mapping[str, str]) -> bool:
        return (
            provider == self.provider
            and self.operation in ("*", operation)
            and all(fields.get(name) == value for name, value in self.match.items())
        )

    def as_json(self) -> dict[str, Any]:
        fault = f"{self.kind}:{self.argument}" if self.argument else self.kind
        return {
            "id": self.id,
            "provider": self.provider,
            "operation": self.operation,
            "fault": fault,
            "times": self.left,
            "match": self.match,
        }


class Faults:
    """What was ordered and has not happened yet, oldest first."""

    def __init__(self) -> None:
        self._waiting: dict[int, Fault] = {}
        self._ids = count(1)

    def order(self, provider: str, operation: str, fault: str, times: int, match: Mapping[str, Any]) -> Fault:
        """Take an order; raises ValueError with what is wrong about it."""
        kind, _, argument = fault.partition(":")
        if kind not in KINDS:
            raise ValueError(f"fault is one of {', '.join(KINDS)}")
        wanted = WITH_ARGUMENT.get(kind)
        if wanted is None and argument:
            raise ValueError(f"{kind} takes no argument")
        if wanted is not None and not wanted.fullmatch(argument):
            raise ValueError(f"{kind} needs an argument, as in {kind}:1")
        if not 1 <= times <= MOST_TIMES:
            raise ValueError(f"times is a whole number from 1 to {MOST_TIMES}")
        if len(self._waiting) >= MOST_FAULTS:
            raise ValueError(f"at most {MOST_FAULTS} orders may wait")
        texts = {name: str(value) for name, value in match.items()}
        ordered = Fault(next(self._ids), provider, operation, kind, argument, times, texts)
        self._waiting[ordered.id] = ordered
        return ordered

    def take(self, provider: str, operation: str, fields: Mapping[str, str]) -> Fault | None:
        """The oldest order that fits this call; it is used up by one."""
        for fault in self._waiting.values():
            if fault.fits(provider, operation, fields):
                fault.left -= 1
                if not fault.left:
                    del self._waiting[fault.id]
                return fault
        return None

    def waiting(self, provider: str = "") -> list[Fault]:
        return [fault for fault in self._waiting.values() if provider in ("", fault.provider)]

    def clear(self, provider: str = "") -> None:
        for fault in self.waiting(provider):
            del self._waiting[fault.id]
