"""What every bank does with a file: looks, takes, settles on its day, and sends back what did not arrive."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any, Protocol

from sandbox.control import Call
from sandbox.rails.bank.files import ACCEPTED, REJECTED, SETTLED, Filed, Files
from sandbox.rails.bank.nacha import Flaw
from sandbox.rails.book import RETURNED, Instruction
from sandbox.rails.days import booked_on, next_open
from sandbox.rails.hub import Rails
from sandbox.rails.plans import LATE_DAYS, USUAL, Plan, with_code

KEPT = 20_000
CORRECTED_AFTER_DAYS = 1


@dataclass
class Item:
    """One payment of a file; `origin` is how the file said it."""

    reference: str
    minor: int
    currency: str
    destination: str
    origin: Any
    plan: Plan = USUAL
    taken: Instruction | None = None
    refused_as: str = ""
    """Why this payment cannot be made, whatever was ordered of it."""

    @property
    def is_back(self) -> bool:
        return self.taken is not None and self.taken.state == RETURNED


@dataclass
class Sheet:
    """A file as it was understood: its payments, and the day it wants them settled."""

    day: date | None
    items: list[Item]
    origin: Any
    filed: Filed = field(init=False)
    is_settled: bool = False


class Dialect(Protocol):
    """How a bank reads files and writes what became of them."""

    format: str
    rejects_at_once: bool
    """Whether a file that cannot be paid is refused when it is handed over, or by a report."""
    refuses_apart: bool
    """Whether a single payment is refused before it is taken, or taken and sent back."""
    codes: dict[str, str]
    """Its reasons for `refuse`, `reject`, `return`, `frozen` and `correct`; no correction: none are written."""

    def holidays(self, year: int) -> frozenset[date]: ...

    def read(self, raw: bytes) -> Sheet:
        """Raises Flaw for the first thing that is wrong."""
        ...

    def remember(self, sheet: Sheet) -> None:
        """From now on its numbers are used."""
        ...

    def forget(self) -> None:
        """No number was ever used."""
        ...

    def taken(self, sheet: Sheet, at: datetime) -> tuple[str, bytes] | None: ...
    def settled(self, sheet: Sheet, items: Sequence[Item], at: datetime) -> tuple[str, bytes] | None: ...
    def back(self, sheet: Sheet, items: Sequence[Item], at: datetime) -> tuple[str, bytes]: ...
    def corrected(self, sheet: Sheet, items: Sequence[Item], at: datetime) -> tuple[str, bytes]: ...


class Bank:
    """A bank that speaks one dialect."""

    def __init__(self, rails: Rails, name: str, path: str, token: str, dialect: Dialect) -> None:
        self.rails, self.name, self.dialect, self.format = rails, name, dialect, dialect.format
        self.files = Files(rails, name, path, token, self)
        self.does: tuple[str, ...] = ("settle", "return", "speak")
        if "correct" in dialect.codes:
            self.does += ("correct",)
        self._places: OrderedDict[int, tuple[Sheet, Item]] = OrderedDict()
        rails.play(name, self)

    def take(self, filed: Filed, raw: bytes, call: Call) -> str:
        now = self.rails.clock.now()
        try:
            if call.declined_as:
                raise Flaw(0, call.declined_as, "refused as it was ordered")
            sheet = self.dialect.read(raw)
        except Flaw as flaw:
            filed.refuse(now, flaw.code, str(flaw))
            return ""
        sheet.filed = filed
        for item in sheet.items:
            ordered = self.rails.plans.of(self.name, item.reference, item.minor)
            item.plan = Plan("refuse", item.refused_as) if item.refused_as else ordered
        kinds = {item.plan.kind for item in sheet.items}
        if "hang_up" in kinds:
            return "hang_up"
        filed.tells = 0 if "silent" in kinds else 2 if "twice" in kinds else 1
        self.dialect.remember(sheet)
        if "reject" in kinds:
            self._reject(sheet, now)
        else:
            self._accept(sheet, now, late="late" in kinds)
        return "lose_reply" if "lose_reply" in kinds else ""

    def act(self, taken: Instruction, do: str, code: str) -> None:
        """What the page and tests order of one payment; settling and speaking are the whole file's."""
        if taken.number not in self._places:
            raise ValueError("this instruction is not kept any more")
        sheet, item = self._places[taken.number]
        now = self.rails.clock.now()
        match do:
            case "settle":
                self._settle(sheet, now)
            case "speak":
                self.files.speak(sheet.filed, now)
            case "return":
                if item.is_back:
                    raise ValueError("it came back before")
                self._settle(sheet, now)
                item.plan = with_code(item.plan, code)
                self._send_back(sheet, [item], now)
            case "correct":
                item.plan = with_code(item.plan, code)
                self.files.tell(sheet.filed, *self.dialect.corrected(sheet, [item], now), now)

    def forget(self) -> None:
        self.files.forget()
        self.dialect.forget()
        self._places.clear()

    def code_of(self, item: Item) -> str:
        """The reason as this bank writes it."""
        return self.reason(item.plan)

    def reason(self, plan: Plan) -> str:
        kind = "return" if plan.kind in ("usual", "wrong_amount", "late", "twice", "silent") else plan.kind
        if plan.code == "frozen":
            kind = "frozen"
        elif plan.code:
            return plan.code
        return self.dialect.codes.get(kind, self.dialect.codes["return"])

    def _reject(self, sheet: Sheet, now: datetime) -> None:
        plan = next(item.plan for item in sheet.items if item.plan.kind == "reject")
        code, text = self.reason(plan), "not enough funds on the account"
        if self.dialect.rejects_at_once:
            sheet.filed.refuse(now, code, text)
        else:
            sheet.filed.become(REJECTED, now, code, text)
            self._tell(sheet, self.dialect.taken(sheet, now), now)

    def _accept(self, sheet: Sheet, now: datetime, *, late: bool) -> None:
        filed = sheet.filed
        for item in sheet.items:
            if self.dialect.refuses_apart and item.plan.kind == "refuse":
                continue
            item.taken = self.rails.book.take(
                self.name, item.reference, item.minor, item.currency, item.destination, filed.reference
            )
            self._places[item.taken.number] = sheet, item
        while len(self._places) > KEPT:
            self._places.popitem(last=False)
        if not any(item.taken for item in sheet.items):
            filed.become(REJECTED, now)
        else:
            filed.become(ACCEPTED, now)
        self._tell(sheet, self.dialect.taken(sheet, now), now)
        if not self.dialect.refuses_apart:
            self._send_back(sheet, [item for item in sheet.items if item.plan.kind == "refuse"], now)
        holidays = self.dialect.holidays
        wanted = max(sheet.day or now.date(), now.date())
        day = next_open(wanted, holidays, LATE_DAYS if late else 0)
        self.rails.clockwork.at(max(booked_on(day), now), partial(self._settle, sheet))

    def _settle(self, sheet: Sheet, at: datetime) -> None:
        if sheet.is_settled or not any(item.taken for item in sheet.items):
            return
        sheet.is_settled = True
        here = [item for item in sheet.items if item.taken and not item.is_back]
        for item in here:
            if item.taken:
                self.rails.book.settle(item.taken, at)
        sheet.filed.become(SETTLED, at)
        self._tell(sheet, self.dialect.settled(sheet, here, at), at)
        self._plan_returns(sheet, [item for item in here if item.plan.comes_back], at)
        if wrong := [item for item in here if item.plan.kind == "correct"]:
            day = booked_on(next_open(at.date(), self.dialect.holidays, CORRECTED_AFTER_DAYS))
            self.rails.clockwork.at(day, partial(self._correct, sheet, wrong))

    def _plan_returns(self, sheet: Sheet, items: Sequence[Item], at: datetime) -> None:
        """All that is back on the same day is told together."""
        for days in sorted({item.plan.days for item in items}):
            together = [item for item in items if item.plan.days == days]
            day = booked_on(next_open(at.date(), self.dialect.holidays, days))
            self.rails.clockwork.at(day, partial(self._send_back, sheet, together))

    def _send_back(self, sheet: Sheet, items: Sequence[Item], at: datetime) -> None:
        taken = [(item, item.taken) for item in items if item.taken]
        back = [item for item, one in taken if self.rails.book.come_back(one, self.code_of(item), at)]
        if back:
            self._tell(sheet, self.dialect.back(sheet, back, at), at)

    def _correct(self, sheet: Sheet, items: Sequence[Item], at: datetime) -> None:
        self._tell(sheet, self.dialect.corrected(sheet, items, at), at)

    def _tell(self, sheet: Sheet, report: tuple[str, bytes] | None, at: datetime) -> None:
        if report:
            self.files.tell(sheet.filed, *report, at)
