"""What will become of an instruction: as it was ordered, else as the cents of its amount say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

KINDS = {
    "usual": "taken and settled in its time",
    "refuse": "the payee is refused; a bank returns the entry at once",
    "reject": "not enough funds; of a file all of it is rejected",
    "return": "settled, and back after so many banking days",
    "silent": "a system error, and nothing was done; a file is taken and settled without a word",
    "twice": "a system error, although it was done; of a file every report comes twice",
    "lose_reply": "taken, then hung up without an answer",
    "list_late": "taken, then hung up without an answer, and listed only hours later; a file as usual",
    "hang_up": "hung up before it was taken, the first time",
    "wrong_amount": "another amount is named; a bank returns another amount after two days",
    "late": "the answer comes seconds later; a file is settled three banking days later",
    "correct": "settled, and the bank wants another account number",
}
FOR_API = frozenset(KINDS) - {"correct"}
MOST_ORDERS = 1_000
LATE_DAYS = 3
LISTED_AFTER = timedelta(hours=5)


@dataclass(frozen=True, slots=True)
class Plan:
    kind: str = "usual"
    code: str = ""
    days: int = 2

    @property
    def comes_back(self) -> bool:
        return self.kind in ("return", "wrong_amount")

    @property
    def loses_reply(self) -> bool:
        return self.kind in ("lose_reply", "list_late")

    @property
    def listed_after(self) -> timedelta:
        """How long a rail's own history does not show it."""
        return LISTED_AFTER if self.kind == "list_late" else timedelta()


USUAL = Plan()
# The cents of an amount select a plan; of coins the last two digits of the units do.
CENTS = {
    71: Plan("refuse"),
    72: Plan("reject"),
    73: Plan("return"),
    74: Plan("silent"),
    75: Plan("twice"),
    76: Plan("lose_reply"),
    77: Plan("hang_up"),
    78: Plan("wrong_amount"),
    79: Plan("late"),
    80: Plan("return", "frozen", 5),
    81: Plan("correct"),
}


@dataclass(slots=True)
class Order:
    """A plan for the next instructions of a rail, or for the one with this reference."""

    rail: str
    plan: Plan
    left: int
    reference: str

    def as_json(self) -> dict[str, Any]:
        return {
            "rail": self.rail,
            "plan": self.plan.kind,
            "code": self.plan.code,
            "days": self.plan.days,
            "times": self.left,
            "reference": self.reference,
        }


class Plans:
    """Orders that wait, oldest first, and the table of cents."""

    def __init__(self) -> None:
        self.waiting: list[Order] = []
        self._hung_up: dict[tuple[str, str], None] = {}

    def order(self, rail: str, said: Mapping[str, Any]) -> Order:
        """Take `{"plan", "code", "days", "times", "reference"}`; ValueError says what is wrong about it."""
        kind, code = str(said.get("plan", "")), str(said.get("code", ""))
        if kind not in KINDS:
            raise ValueError(f"plan is one of {', '.join(KINDS)}")
        if code and not (code.isascii() and code.isalnum() and len(code) <= 8):
            raise ValueError("code is at most eight letters and digits, as the rail writes its reasons")
        if len(self.waiting) >= MOST_ORDERS:
            raise ValueError(f"at most {MOST_ORDERS} orders may wait")
        plan = Plan(kind, code, _whole(said.get("days", 2), "days", 0, 60))
        times = _whole(said.get("times", 1), "times", 1, 1_000_000)
        order = Order(rail, plan, times, str(said.get("reference", "")))
        self.waiting.append(order)
        return order

    def of(self, rail: str, reference: str, minor: int) -> Plan:
        """The plan for this instruction; an order is used up by one."""
        for order in self.waiting:
            if order.rail == rail and order.reference in ("", reference):
                order.left -= 1
                if not order.left:
                    self.waiting.remove(order)
                return order.plan
        plan = CENTS.get(minor % 100, USUAL)
        if plan.kind == "hang_up":
            return USUAL if self._was_hung_up(rail, reference) else plan
        return plan

    def clear(self, rail: str = "") -> None:
        self.waiting = [one for one in self.waiting if rail not in ("", one.rail)]

    def _was_hung_up(self, rail: str, reference: str) -> bool:
        if (rail, reference) in self._hung_up:
            return True
        self._hung_up[rail, reference] = None
        while len(self._hung_up) > MOST_ORDERS:
            del self._hung_up[next(iter(self._hung_up))]
        return False


def with_code(plan: Plan, code: str) -> Plan:
    return replace(plan, code=code)


def _whole(value: Any, name: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not str(value).isdecimal() or not least <= int(str(value)[:9]) <= most:
        raise ValueError(f"{name} is a whole number from {least} to {most}")
    return int(value)
