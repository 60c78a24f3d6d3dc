"""A NACHA file of credits, record by record: 94 characters each, ten records a block."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from foundation.errors import Invalid

WIDTH, BLOCK, FILL = 94, 10, "9"
MODIFIERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
CREDITS: Final = "220"
MOST_CENTS, MOST_TOTAL = 10**10 - 1, 10**12 - 1
MOST_ENTRIES: Final = 10**7 // len(MODIFIERS)
"""Of one file, so that the trace numbers of a day's files never meet."""


@dataclass(frozen=True, slots=True)
class Company:
    """Who sends, and by which bank."""

    bank_routing: str
    bank_name: str
    company_id: str
    company_name: str

    @property
    def odfi(self) -> str:
        return self.bank_routing[:8]


@dataclass(frozen=True, slots=True)
class Credit:
    transaction_code: str
    routing: str
    account: str
    cents: int
    individual_id: str
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Header:
    created_on: date
    effective_on: date
    number: int
    description: str


def file_text(company: Company, header: Header, batches: Sequence[tuple[str, Sequence[Credit]]]) -> str:
    """The file: each batch is a standard entry class (PPD, CCD) with its credits. Invalid for what does not fit."""
    credits = [credit for _, some in batches for credit in some]
    if not 1 <= header.number <= len(MODIFIERS):
        raise Invalid("rails.too_many_files", "A day has at most 36 ACH files.")
    if not 1 <= len(credits) <= MOST_ENTRIES or sum(credit.cents for credit in credits) > MOST_TOTAL:
        raise Invalid("rails.does_not_fit", "A file holds at least one entry, and no more than its fields can count.")
    lines, trace = [_file_header(company, header)], (header.number - 1) * MOST_ENTRIES
    for number, (kind, some) in enumerate(batches, 1):
        lines.append(_batch_header(company, header, kind, number))
        for credit in some:
            trace += 1
            lines.append(_entry(company, credit, trace))
        lines.append(_batch_control(company, some, number))
    blocks = -(-(len(lines) + 1) // BLOCK)
    lines.append(_file_control(credits, len(batches), blocks))
    lines += [FILL * WIDTH] * (blocks * BLOCK - len(lines))
    if any(len(line) != WIDTH for line in lines):
        raise AssertionError("a record is not 94 characters wide")
    return "".join(f"{line}\n" for line in lines)


def _file_header(company: Company, header: Header) -> str:
    return (
        f"101{_digits(company.bank_routing, 9):>10}{_left(company.company_id, 10):>10}"
        f"{header.created_on:%y%m%d}0000{MODIFIERS[header.number - 1]}094101"
        f"{_left(company.bank_name, 23):<23}{_left(company.company_name, 23):<23}{'':8}"
    )


def _batch_header(company: Company, header: Header, kind: str, number: int) -> str:
    return (
        f"5{CREDITS}{_left(company.company_name, 16):<16}{'':20}{_left(company.company_id, 10):<10}{kind:3}"
        f"{_left(header.description, 10):<10}{'':6}{header.effective_on:%y%m%d}{'':3}1{company.odfi}{number:07}"
    )


def _entry(company: Company, credit: Credit, trace: int) -> str:
    if not 0 < credit.cents <= MOST_CENTS:
        raise Invalid("rails.does_not_fit", "An entry has between 0.01 and 99,999,999.99 USD.")
    return (
        f"6{credit.transaction_code:2}{_digits(credit.routing, 9)}{_whole(credit.account, 17):<17}"
        f"{credit.cents:010}{_whole(credit.individual_id, 15):<15}{_left(credit.name, 22):<22}{'':2}0"
        f"{company.odfi}{trace:07}"
    )


def _batch_control(company: Company, credits: Sequence[Credit], number: int) -> str:
    return (
        f"8{CREDITS}{len(credits):06}{_sums(credits)}{_left(company.company_id, 10):<10}{'':25}{company.odfi}"
        f"{number:07}"
    )


def _file_control(credits: Sequence[Credit], batches: int, blocks: int) -> str:
    return f"9{batches:06}{blocks:06}{len(credits):08}{_sums(credits)}{'':39}"


def _sums(credits: Iterable[Credit]) -> str:
    """Entry hash, debits, credits."""
    listed = list(credits)
    hashed = sum(int(credit.routing[:8]) for credit in listed) % 10**10
    return f"{hashed:010}{0:012}{sum(credit.cents for credit in listed):012}"


def _left(text: str, most: int) -> str:
    """Text that may be cut. Invalid when it could end a record or is empty."""
    cut = text.strip()[:most]
    if not cut or not cut.isascii() or not cut.isprintable():
        raise Invalid("rails.does_not_fit", "A field of the file is empty or holds other characters.")
    return cut


def _whole(text: str, most: int) -> str:
    """Text that may not be cut."""
    if len(text.strip()) > most:
        raise Invalid("rails.does_not_fit", "A number is too long for its field.")
    return _left(text, most)


def _digits(text: str, many: int) -> str:
    if len(text) != many or not (text.isascii() and text.isdigit()):
        raise Invalid("rails.does_not_fit", f"A routing number has {many} digits.")
    return text
