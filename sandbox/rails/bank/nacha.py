"""An ACH file read by a bank that forgives nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NoReturn

WIDTH, BLOCK = 94, 10
PRINTABLE = re.compile(rb"[\x20-\x7e]*")
CREDITS, PRENOTES, DEBITS = frozenset({"22", "32"}), frozenset({"23", "33"}), frozenset({"27", "28", "37", "38"})
KINDS = frozenset({"PPD", "CCD", "WEB"})
ACCOUNT = re.compile(r"[A-Za-z0-9-]{1,17} *")


class Flaw(ValueError):
    """Why the bank refuses a file: in which line, and what stands wrong there."""

    def __init__(self, line: int, code: str, text: str) -> None:
        super().__init__(f"line {line}: {text}")
        self.line, self.code, self.text = line, code, text


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a company and its bank agreed on."""

    bank_routing: str
    company_id: str

    @property
    def odfi(self) -> str:
        return self.bank_routing[:8]


@dataclass(frozen=True, slots=True)
class Entry:
    line: str
    addenda: str
    code: str
    routing: str
    account: str
    cents: int
    individual_id: str
    name: str
    trace: str

    @property
    def is_prenote(self) -> bool:
        return self.code in PRENOTES

    @property
    def reference(self) -> str:
        """Our customer's own name for it: what the addenda says, else the individual's number."""
        return self.addenda[3:83].strip() or self.individual_id.strip()


@dataclass(frozen=True, slots=True)
class Batch:
    header: str
    number: int
    effective: date | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class AchFile:
    created: date
    modifier: str
    batches: tuple[Batch, ...]
    entries: tuple[Entry, ...] = field(default=())

    @property
    def cents(self) -> int:
        return sum(entry.cents for entry in self.entries)


def is_routing(digits: str) -> bool:
    """Whether the nine digits carry their own check digit."""
    if not re.fullmatch(r"[0-9]{9}", digits):
        return False
    return sum(int(digit) * weight for digit, weight in zip(digits, (3, 7, 1) * 3, strict=True)) % 10 == 0


def read(raw: bytes, agreed: Agreed) -> AchFile:
    """The file, when every character is where it belongs; raises Flaw."""
    return _Reader(lines_of(raw), agreed).file()


def lines_of(raw: bytes) -> list[str]:
    """Its records, each 94 characters wide, a whole number of blocks."""
    end = b"\r\n" if b"\r\n" in raw else b"\n"
    pieces = raw.removesuffix(end).split(end)
    for number, piece in enumerate(pieces, 1):
        if not PRINTABLE.fullmatch(piece):
            raise Flaw(number, "CHARS", "only printable ASCII stands in a record")
        if len(piece) != WIDTH:
            raise Flaw(number, "WIDTH", f"a record has 94 characters, not {len(piece)}")
    if len(pieces) % BLOCK:
        raise Flaw(len(pieces), "BLOCKING", f"{len(pieces)} records are no whole number of blocks of ten")
    return [piece.decode("ascii") for piece in pieces]


class _Reader:
    def __init__(self, lines: list[str], agreed: Agreed) -> None:
        self.lines, self.agreed = lines, agreed
        self.at = 0
        self.last_trace = 0

    def file(self) -> AchFile:
        created, modifier = self._file_header()
        batches: list[Batch] = []
        while self._kind() == "5":
            batches.append(self._batch(len(batches) + 1))
        if not batches:
            self._wrong("ORDER", "a batch header follows the file header")
        self._file_control(batches)
        for place, line in enumerate(self.lines[self.at :], self.at + 1):
            if line != "9" * WIDTH:
                raise Flaw(place, "PADDING", "only records of nines follow the file control")
        if len(self.lines) - self.at >= BLOCK:
            self._wrong("PADDING", "more records of nines than fill the last block")
        every = tuple(entry for batch in batches for entry in batch.entries)
        return AchFile(created, modifier, tuple(batches), every)

    def _file_header(self) -> tuple[date, str]:
        line = self._take("1", "a file header comes first")
        self._be(line[1:3], "01", "priority code")
        self._be(line[3:13], f" {self.agreed.bank_routing}", "immediate destination")
        self._be(line[13:23], f"{self.agreed.company_id:>10}", "immediate origin")
        created = self._day(line[23:29], "file creation date")
        if not re.fullmatch(r"([01][0-9]|2[0-3])[0-5][0-9]|    ", line[29:33]):
            self._wrong("FIELD", "file creation time is HHMM or blank")
        if not re.fullmatch(r"[A-Z0-9]", line[33]):
            self._wrong("FIELD", "file id modifier is one of A-Z and 0-9")
        self._be(line[34:40], "094101", "record size, blocking factor and format code")
        self._named(line[40:63], "immediate destination name")
        self._named(line[63:86], "immediate origin name")
        return created, line[33]

    def _batch(self, number: int) -> Batch:
        header = self._take("5", "a batch header")
        service = header[1:4]
        if service not in ("200", "220"):
            self._wrong("CLASS", "service class is 220, or 200 for mixed")
        self._named(header[4:20], "company name")
        self._be(header[40:50], f"{self.agreed.company_id:<10}", "company id")
        if header[50:53] not in KINDS:
            self._wrong("KIND", f"standard entry class is one of {', '.join(sorted(KINDS))}")
        self._named(header[53:63], "entry description")
        effective = self._day(header[69:75], "effective entry date") if header[69:75].strip() else None
        self._be(header[75:78], "   ", "settlement date, which the bank fills")
        self._be(header[78], "1", "originator status")
        self._be(header[79:87], self.agreed.odfi, "originating bank")
        self._be(header[87:94], f"{number:07}", "batch number")
        entries = []
        while self._kind() == "6":
            entries.append(self._entry())
        if not entries:
            self._wrong("ORDER", "a batch holds entries")
        self._batch_control(service, number, entries)
        return Batch(header, number, effective, tuple(entries))

    def _entry(self) -> Entry:
        line = self._take("6", "an entry")
        code, routing, cents = line[1:3], line[3:12], self._digits(line[29:39], "amount")
        if code in DEBITS:
            self._wrong("DEBIT", "debits are not agreed on")
        if code not in CREDITS | PRENOTES:
            self._wrong("FIELD", f"{code} is no transaction code of a credit")
        if not is_routing(routing):
            self._wrong("ROUTING", f"{routing} has a wrong check digit")
        if not ACCOUNT.fullmatch(line[12:29]):
            self._wrong("ACCOUNT", "the account number is missing, not left, or holds other characters")
        if (cents == 0) != (code in PRENOTES):
            self._wrong("AMOUNT", "a credit has an amount and a prenote has none")
        self._named(line[54:76], "name")
        trace = self._digits(line[79:94], "trace number")
        self._be(line[79:87], self.agreed.odfi, "first eight digits of the trace number")
        if trace <= self.last_trace:
            self._wrong("TRACE", "trace numbers rise")
        self.last_trace = trace
        addenda = self._addenda(line)
        account, owner = line[12:29].rstrip(), line[54:76].rstrip()
        return Entry(line, addenda, code, routing, account, cents, line[39:54], owner, line[79:94])

    def _addenda(self, entry: str) -> str:
        if entry[78] not in "01":
            self._wrong("FIELD", "addenda indicator is 0 or 1")
        if entry[78] == "0":
            if self._kind() == "7":
                self._wrong("ADDENDA", "an addenda follows an entry that says it has none")
            return ""
        line = self._take("7", "the addenda that the entry promises")
        self._be(line[1:3], "05", "addenda type")
        self._be(line[83:87], "0001", "addenda sequence")
        self._be(line[87:94], entry[87:94], "entry sequence of the addenda")
        return line

    def _batch_control(self, service: str, number: int, entries: list[Entry]) -> None:
        line = self._take("8", "a batch control after the entries")
        self._be(line[1:4], service, "service class of the control")
        self._sums(line, 4, 6, entries)
        self._be(line[44:54], f"{self.agreed.company_id:<10}", "company id of the control")
        self._be(line[54:79], " " * 25, "message authentication and reserved")
        self._be(line[79:87], self.agreed.odfi, "originating bank of the control")
        self._be(line[87:94], f"{number:07}", "batch number of the control")

    def _file_control(self, batches: list[Batch]) -> None:
        line = self._take("9", "a file control after the batches")
        self._be(line[1:7], f"{len(batches):06}", "batch count")
        self._be(line[7:13], f"{len(self.lines) // BLOCK:06}", "block count")
        self._sums(line, 13, 8, [entry for batch in batches for entry in batch.entries])
        self._be(line[55:94], " " * 39, "reserved")

    def _sums(self, line: str, start: int, width: int, entries: list[Entry]) -> None:
        """Count, hash, debits and credits stand one after the other; only the count's width differs."""
        count = len(entries) + sum(bool(entry.addenda) for entry in entries)
        hashed = sum(int(entry.routing[:8]) for entry in entries) % 10**10
        self._be(line[start : start + width], f"{count:0{width}}", "entry and addenda count")
        start += width
        self._be(line[start : start + 10], f"{hashed:010}", "entry hash")
        self._be(line[start + 10 : start + 22], f"{0:012}", "total of debits")
        self._be(line[start + 22 : start + 34], f"{sum(entry.cents for entry in entries):012}", "total of credits")

    def _kind(self) -> str:
        return self.lines[self.at][0] if self.at < len(self.lines) else ""

    def _take(self, kind: str, wanted: str) -> str:
        if self._kind() != kind or (kind == "9" and self.lines[self.at] == "9" * WIDTH):
            raise Flaw(self.at + 1, "ORDER", f"{wanted} is missing")
        self.at += 1
        return self.lines[self.at - 1]

    def _be(self, found: str, wanted: str, what: str) -> None:
        if found != wanted:
            self._wrong("VALUE", f"{what} is {found!r}, not {wanted!r}")

    def _named(self, found: str, what: str) -> None:
        if not found.strip() or found[0] == " ":
            self._wrong("FIELD", f"{what} is missing or not left")

    def _digits(self, found: str, what: str) -> int:
        if not re.fullmatch(r"[0-9]+", found):
            self._wrong("FIELD", f"{what} is not all digits")
        return int(found)

    def _day(self, found: str, what: str) -> date:
        try:
            if re.fullmatch(r"[0-9]{6}", found):
                return datetime.strptime(found, "%y%m%d").date()
        except ValueError:
            pass
        raise Flaw(self.at, "DATE", f"{what} {found!r} is no YYMMDD")

    def _wrong(self, code: str, text: str) -> NoReturn:
        raise Flaw(self.at, code, text)


def records(lines: list[str]) -> Iterator[str]:
    """Lines, filled up with nines to whole blocks."""
    yield from lines
    yield from ["9" * WIDTH] * (-len(lines) % BLOCK)
