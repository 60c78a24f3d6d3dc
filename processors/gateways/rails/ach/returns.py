"""The bank's own file: entries that came back (addenda 99), and notices of change (addenda 98)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from foundation.errors import Invalid
from foundation.money import Money
from processors.gateways.rails.ach.records import BLOCK, FILL, WIDTH

RETURN, CHANGE = "99", "98"
ACCOUNT_TYPES: Final = {"22": "checking", "23": "checking", "32": "savings", "33": "savings"}
# Where each notice of change says what: positions in its 29 characters of corrected data.
CORRECTED: Final[dict[str, dict[str, slice]]] = {
    "C01": {"account_number": slice(0, 17)},
    "C02": {"routing_number": slice(0, 9)},
    "C03": {"routing_number": slice(0, 9), "account_number": slice(12, 29)},
    "C05": {"account_type": slice(0, 2)},
    "C06": {"account_number": slice(0, 17), "account_type": slice(20, 22)},
    "C07": {"routing_number": slice(0, 9), "account_number": slice(9, 26), "account_type": slice(26, 28)},
}


@dataclass(frozen=True, slots=True)
class CameBack:
    """One entry of such a file, known by our reference in its individual id."""

    code: str
    reference: str
    amount: Money
    original_trace: str
    text: str
    is_change: bool
    corrects: dict[str, str]


def came_back(body: bytes) -> list[CameBack]:
    """What a whole and balanced file tells; Invalid for anything else."""
    lines = _lines(body)
    found = list(_entries(lines))
    _check_sums(lines)
    return found


def _lines(body: bytes) -> list[str]:
    try:
        lines = body.decode("ascii").replace("\r\n", "\n").rstrip("\n").split("\n")
    except UnicodeDecodeError as error:
        raise _unreadable("it is not ASCII") from error
    if len(lines) % BLOCK or any(len(line) != WIDTH for line in lines):
        raise _unreadable("its records are not 94 characters wide in blocks of ten")
    body_of = [line for line in lines if line != FILL * WIDTH]
    if body_of[:1] == [] or body_of[0][0] != "1" or body_of[-1][0] != "9":
        raise _unreadable("its header or control is missing")
    return body_of


def _entries(lines: list[str]) -> Iterator[CameBack]:
    entry = ""
    for line in lines:
        if line[0] == "6":
            entry = line
        elif line[0] == "7" and line[1:3] in (RETURN, CHANGE):
            if not entry:
                raise _unreadable("an addenda stands without its entry")
            yield _one(entry, line)
            entry = ""


def _one(entry: str, addenda: str) -> CameBack:
    code, is_change = addenda[3:6].strip(), addenda[1:3] == CHANGE
    reference = entry[39:54].strip()
    if not reference or not code:
        raise _unreadable("an entry has no reference or no code")
    corrects = {
        name: _corrected(name, addenda[35:64][where].strip())
        for name, where in (CORRECTED.get(code, {}) if is_change else {}).items()
    }
    return CameBack(
        code=code,
        reference=reference,
        amount=Money(_number(entry[29:39]), "USD"),
        original_trace=addenda[6:21],
        text="" if is_change else addenda[35:79].strip(),
        is_change=is_change,
        corrects={name: told for name, told in corrects.items() if told},
    )


def _corrected(name: str, told: str) -> str:
    return ACCOUNT_TYPES.get(told, "") if name == "account_type" else told


def _check_sums(lines: list[str]) -> None:
    """Half a file must not be believed: its control counts what is in it."""
    entries = [line for line in lines if line[0] == "6"]
    counted = sum(line[0] in "67" for line in lines)
    cents, control = sum(_number(line[29:39]) for line in entries), lines[-1]
    if counted != _number(control[13:21]) or cents != _number(control[31:43]) + _number(control[43:55]):
        raise _unreadable("its control counts something else")


def _number(digits: str) -> int:
    if not digits.isdigit():
        raise _unreadable("a number is not all digits")
    return int(digits)


def _unreadable(why: str) -> Invalid:
    return Invalid("rails.unreadable", f"The file of returns cannot be read: {why}.")
