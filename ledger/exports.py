"""Statements and trial balances to take away: as a sheet, as lines of JSON, as paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from foundation.errors import Invalid
from foundation.http.amounts import plain_amount
from foundation.http.papers import PaperColumn, PaperRow, paper
from foundation.http.tables import lines, turn_by_turn
from ledger.selectors import (
    Statement,
    StatementLine,
    StatementPage,
    TrialBalance,
    get_statement,
    iterate_statement,
)
from ledger.types import Time

Within = Callable[[], AbstractContextManager[Any]]
MOST_LINES_ON_PAPER = 25_000
HEADINGS = (
    "time", "transfer", "journal", "kind", "other_account", "credit", "debit", "balance", "currency", "recorded_at",
    "reverses",
)  # fmt: skip
TRIAL_HEADINGS = ("kind", "purpose", "currency", "accounts", "debit", "credit")


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"
    PDF = "pdf"


CONTENT_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSONL: "application/x-ndjson",
    Format.PDF: "application/pdf",
}


def export_statement(
    account_id: int,
    since: datetime,
    until: datetime,
    *,
    form: Format,
    time: Time = Time.EFFECTIVE,
    within: Within = nullcontext,
    shows_paths: bool = True,
) -> Iterator[bytes]:
    """The parts of a statement as a file; `within` opens the transaction each of its pages is read in. Paths name
    people: who may not know them gets numbers.

    Refused before the first part: NotFound, Invalid for an empty period, and for more lines than paper takes.
    """
    asked = (account_id, since, until)
    if form is Format.PDF:
        with within():
            statement = get_statement(*asked, time=time)
            if statement.movements > MOST_LINES_ON_PAPER:
                detail = f"A document has at most {MOST_LINES_ON_PAPER:,} lines; take a sheet, or a shorter period."
                raise Invalid("ledger.too_long_for_paper", detail, movements=statement.movements)
            found = (page if shows_paths else _numbered(page) for page in iterate_statement(*asked, time=time))
            key = statement.account.key
            name = key.path if shows_paths else f"{key.kind} {key.purpose} {account_id}"
            return iter([_paper(statement, name, (line for page in found for line in page.lines))])
    found = (page if shows_paths else _numbered(page) for page in iterate_statement(*asked, time=time))
    pages = turn_by_turn(found, within)
    first = next(pages)
    if form is Format.CSV:
        return lines(HEADINGS, _sheet(first, pages, since, until), "csv")
    return lines((), _objects(first, pages, account_id, since, until), "ndjson")


def export_trial_balance(balance: TrialBalance, *, form: Format) -> Iterator[bytes]:
    """The trial balance with its totals, which are the proof of zero."""
    if form is Format.PDF:
        return iter([_trial_paper(balance)])
    rows = [
        {
            "kind": line.kind, "purpose": line.purpose, "currency": line.currency, "accounts": line.accounts,
            "debit": line.debit, "credit": line.credit,
        }
        for line in balance.lines
    ]  # fmt: skip
    rows += [
        {"kind": "total", "purpose": "", "currency": t.currency, "accounts": None, "debit": t.debit, "credit": t.credit}
        for t in balance.totals
    ]
    return lines(TRIAL_HEADINGS, rows, "csv" if form is Format.CSV else "ndjson")


def filename(what: str, since: datetime, until: datetime, form: Format) -> str:
    last = until - timedelta(microseconds=1)
    return f"{what}-{since.astimezone(UTC):%Y%m%d}-{last.astimezone(UTC):%Y%m%d}.{form}"


def line_dict(line: StatementLine) -> dict[str, Any]:
    return {
        "transfer_id": line.transfer_id, "journal_id": line.journal_id, "kind": line.kind, "at": line.at,
        "recorded_at": line.recorded_at, "effective_at": line.effective_at, "amount": line.amount,
        "balance": line.balance, "other_account_id": line.other_id, "other_account": line.other,
        "reverses": line.reverses,
    }  # fmt: skip


def _numbered(page: StatementPage) -> StatementPage:
    """The same without paths."""
    lines = (replace(line, other=None if line.other_id is None else str(line.other_id)) for line in page.lines)
    return replace(page, lines=tuple(lines))


def _all(first: StatementPage, pages: Iterator[StatementPage]) -> Iterator[StatementPage]:
    yield first
    yield from pages


def _sheet(
    first: StatementPage, pages: Iterator[StatementPage], since: datetime, until: datetime
) -> Iterator[dict[str, Any]]:
    blank = dict.fromkeys(HEADINGS, "") | {"currency": first.opening.currency}
    yield {**blank, "time": since, "kind": "opening", "balance": first.opening}
    closing = first.opening
    for page in _all(first, pages):
        closing = page.closing
        for line in page.lines:
            side, amount = ("credit", line.amount) if line.amount.minor > 0 else ("debit", -line.amount)
            yield {
                **blank, "time": line.at, "transfer": line.transfer_id, "journal": line.journal_id, "kind": line.kind,
                "other_account": line.other, side: amount, "balance": line.balance, "recorded_at": line.recorded_at,
                "reverses": line.reverses,
            }  # fmt: skip
    yield {**blank, "time": until, "kind": "closing", "balance": closing}


def _objects(
    first: StatementPage, pages: Iterator[StatementPage], account_id: int, since: datetime, until: datetime
) -> Iterator[dict[str, Any]]:
    yield {"account_id": account_id, "since": since, "until": until, "opening": first.opening}
    closing = first.opening
    for page in _all(first, pages):
        closing = page.closing
        for line in page.lines:
            yield line_dict(line)
    yield {"account_id": account_id, "closing": closing}


def _paper(statement: Statement, name: str, lines: Iterator[StatementLine]) -> bytes:
    facts = [
        ("Account", name),
        ("Normal side", statement.account.normal_side),
        ("Period", f"{_words(statement.since)} to {_words(statement.until)} (UTC, end not included)"),
        ("Opening balance", _amount(statement.opening)),
        ("Credits", _amount(statement.credits)),
        ("Debits", _amount(-statement.debits)),
        ("Closing balance", _amount(statement.closing)),
        ("Movements", f"{statement.movements:,}"),
    ]
    columns = [
        PaperColumn("Time (UTC)", 17), PaperColumn("What", 19), PaperColumn("Other account", 36),
        PaperColumn("Amount", 14, end=True), PaperColumn("Balance", 14, end=True),
    ]  # fmt: skip

    def rows() -> Iterator[PaperRow]:
        yield PaperRow([_words(statement.since), "Opening", "", "", plain_amount(statement.opening)], is_total=True)
        for line in lines:
            amount, balance = plain_amount(line.amount), plain_amount(line.balance)
            yield PaperRow([_words(line.at), line.kind, line.other or "", amount, balance])
        yield PaperRow([_words(statement.until), "Closing", "", "", plain_amount(statement.closing)], is_total=True)

    return paper("Account statement", facts, columns, rows(), foot=f"FanzMoneyDash - {name}")


def _trial_paper(balance: TrialBalance) -> bytes:
    when = _words(balance.at) if balance.at else "now"
    columns = [
        PaperColumn("Kind", 18), PaperColumn("Purpose", 22), PaperColumn("Currency", 12),
        PaperColumn("Accounts", 12, end=True), PaperColumn("Debit", 18, end=True), PaperColumn("Credit", 18, end=True),
    ]  # fmt: skip
    rows = [
        PaperRow([x.kind, x.purpose, x.currency, f"{x.accounts:,}", plain_amount(x.debit), plain_amount(x.credit)])
        for x in balance.lines
    ]
    rows += [
        PaperRow(["Total", "", t.currency, "", plain_amount(t.debit), plain_amount(t.credit)], is_total=True)
        for t in balance.totals
    ]
    facts = [("As of", when), ("Proof of zero", "balanced" if balance.is_balanced else "NOT BALANCED")]
    return paper("Trial balance", facts, columns, rows, foot=f"FanzMoneyDash - trial balance, {when}")


def _words(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def _amount(amount: Any) -> str:
    return f"{plain_amount(amount)} {amount.currency}"
