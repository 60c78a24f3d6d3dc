"""The ACH desk of the bank: credits by NACHA file, returns and notifications of change in the same format."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import count
from typing import Any

from sandbox.rails.bank import nacha
from sandbox.rails.bank.house import Bank, Item, Sheet
from sandbox.rails.bank.nacha import AchFile, Agreed, Batch, Entry, Flaw
from sandbox.rails.days import us
from sandbox.rails.hub import Rails

NAME = "ach"
KEPT = 200_000
WRONG_BY_CENTS = 100
# What the transaction code of a credit becomes when it comes back.
BACK_AS = {"22": "21", "23": "21", "32": "31", "33": "31"}
TEXTS = {
    "R02": "ACCOUNT CLOSED",
    "R03": "NO ACCOUNT/UNABLE TO LOCATE",
    "R04": "INVALID ACCOUNT NUMBER",
    "R16": "ACCOUNT FROZEN",
    "R17": "FILE RECORD EDIT CRITERIA",
    "R20": "NON-TRANSACTION ACCOUNT",
    "R23": "CREDIT REFUSED BY RECEIVER",
}


def bank(rails: Rails, merchant: Mapping[str, Any]) -> Bank:
    """The desk as one merchant agreed on it."""
    agreed = Agreed(str(merchant["bank_routing"]), str(merchant["company_id"]))
    return Bank(rails, NAME, "/bank/ach", str(merchant["token"]), Nacha(agreed))


class Nacha:
    format = "nacha"
    rejects_at_once = True
    refuses_apart = False
    codes = {"refuse": "R04", "reject": "FUNDS", "return": "R03", "frozen": "R16", "correct": "C01"}

    def __init__(self, agreed: Agreed) -> None:
        self.agreed = agreed
        self._used: OrderedDict[str, None] = OrderedDict()
        self._files = count(1)

    def read(self, raw: bytes) -> Sheet:
        file = nacha.read(raw, self.agreed)
        if _file_key(file) in self._used:
            raise Flaw(1, "DUPLICATE", f"a file {file.modifier} of {file.created} was here before")
        for number, entry in enumerate(file.entries, 1):
            if f"{file.created} {entry.trace}" in self._used:
                raise Flaw(0, "DUPLICATE", f"trace number {entry.trace} of entry {number} was used that day")
        days = [batch.effective for batch in file.batches if batch.effective]
        items = [
            Item(entry.reference, entry.cents, "USD", f"{entry.routing} {entry.account}", (batch, entry))
            for batch in file.batches
            for entry in batch.entries
            if not entry.is_prenote
        ]
        return Sheet(max(days, default=None), items, file)

    def holidays(self, year: int) -> frozenset[date]:
        return us(year)

    def remember(self, sheet: Sheet) -> None:
        file: AchFile = sheet.origin
        self._used[_file_key(file)] = None
        self._used.update(dict.fromkeys(f"{file.created} {entry.trace}" for entry in file.entries))
        while len(self._used) > KEPT:
            self._used.popitem(last=False)

    def forget(self) -> None:
        self._used.clear()

    def taken(self, sheet: Sheet, at: datetime) -> tuple[str, bytes]:
        return _status(sheet)

    def settled(self, sheet: Sheet, items: Sequence[Item], at: datetime) -> tuple[str, bytes]:
        return _status(sheet)

    def back(self, sheet: Sheet, items: Sequence[Item], at: datetime) -> tuple[str, bytes]:
        """Entries with addenda 99: the reason, and the trace number they were sent with."""

        def addenda(item: Item, entry: Entry) -> str:
            code = item.taken.code if item.taken else ""
            text = TEXTS.get(code, "RETURNED")
            return f"799{code:<3}{entry.trace}{'':6}{entry.routing[:8]}{text:<44}"

        return "nacha-return", self._written(items, at, addenda, is_change=False)

    def corrected(self, sheet: Sheet, items: Sequence[Item], at: datetime) -> tuple[str, bytes]:
        """Entries with addenda 98: what is to be written from now on."""

        def addenda(item: Item, entry: Entry) -> str:
            code = item.plan.code or self.codes["correct"]
            return f"798{code:<3}{entry.trace}{'':6}{entry.routing[:8]}{_correction(code, entry):<29}{'':15}"

        return "nacha-return", self._written(items, at, addenda, is_change=True)

    def _written(self, items: Sequence[Item], at: datetime, addenda: Any, *, is_change: bool) -> bytes:
        bank, company = self.agreed.bank_routing, self.agreed.company_id
        modifier = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[next(self._files) % 36]
        lines = [
            f"101{company:>10} {bank}{at:%y%m%d%H%M}{modifier}094101{'OUR CUSTOMER':<23}{'SANDBOX BANK':<23}{'':8}"
        ]
        batches: dict[int, list[Item]] = {}
        for item in items:
            batches.setdefault(item.origin[0].number, []).append(item)
        traces, totals = count(1), [0, 0, 0]
        for number, some in enumerate(batches.values(), 1):
            batch: Batch = some[0].origin[0]
            kind = "COR" if is_change else batch.header[50:53]
            lines.append(f"5220{batch.header[4:50]}{kind}{batch.header[53:75]}{'':3}1{bank[:8]}{number:07}")
            hashed = cents = 0
            for item in some:
                entry: Entry = item.origin[1]
                wrong = WRONG_BY_CENTS if item.plan.kind == "wrong_amount" else 0
                amount = 0 if is_change else entry.cents + wrong
                trace = f"{entry.routing[:8]}{next(traces):07}"
                lines.append(
                    f"6{BACK_AS[entry.code]}{bank}{entry.account:<17}{amount:010}{entry.individual_id}"
                    f"{entry.name:<22}  1{trace}"
                )
                lines.append(f"{addenda(item, entry)}{trace}")
                hashed, cents = hashed + int(bank[:8]), cents + amount
            counted = 2 * len(some)
            lines.append(
                f"8220{counted:06}{hashed % 10**10:010}{0:012}{cents:012}{company:<10}{'':25}{bank[:8]}{number:07}"
            )
            totals = [totals[0] + counted, totals[1] + hashed, totals[2] + cents]
        blocks = -(-(len(lines) + 1) // nacha.BLOCK)
        counted, hashed, cents = totals
        lines.append(f"9{len(batches):06}{blocks:06}{counted:08}{hashed % 10**10:010}{0:012}{cents:012}{'':39}")
        return "".join(line + "\n" for line in nacha.records(lines)).encode("ascii")


def _status(sheet: Sheet) -> tuple[str, bytes]:
    return "status", json.dumps(sheet.filed.as_json()).encode()


def _file_key(file: AchFile) -> str:
    return f"{file.created} {file.modifier}"


def _correction(code: str, entry: Entry) -> str:
    """What the payee's bank wants instead: an account that ends differently, or its other routing number."""
    if code == "C02":
        return "011000015"
    if code == "C05":
        return "32" if entry.code == "22" else "22"
    return entry.account[:-1] + str((int(entry.account[-1]) + 1) % 10 if entry.account[-1].isdigit() else 0)
