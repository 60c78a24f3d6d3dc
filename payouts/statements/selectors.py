"""A creator's statements: read from the ledger at once, never stored, so they cannot differ from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from foundation.errors import NotFound, Unprocessable
from foundation.money import Money
from ledger import chart
from ledger.exports import CONTENT_TYPES, Format, export_statement, filename
from ledger.selectors import (
    Part,
    Statement,
    StatementPage,
    find_account,
    get_balance,
    get_statement,
    iterate_statement,
    list_accounts,
    list_statement,
    list_statement_parts,
    one_moment,
)
from payouts.statements.papers import statement_paper
from payouts.statements.rules.periods import Period, months_from

MOST_LINES_ON_PAPER = 60_000


@dataclass(frozen=True, slots=True)
class StatementFile:
    """A statement as a file; its parts are made while they are read."""

    name: str
    content_type: str
    parts: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Month:
    """A month in which something moved: `opening + credits - debits = closing`."""

    month: date
    opening: Money
    credits: Money
    debits: Money
    closing: Money
    movements: int


@dataclass(frozen=True, slots=True)
class Purse:
    """What is available now in one currency, and how it came to be so, newest month first."""

    currency: str
    balance: Money
    months: tuple[Month, ...]


def list_purses(creator_id: UUID, *, until: datetime, currency: str = "") -> list[Purse]:
    """Every currency a creator ever had anything available in, the busiest first, each seen at one moment."""
    accounts = list_accounts(party_id=creator_id, kind="creator", purpose="available")
    wanted = [account for account in accounts if currency in ("", account.key.currency)]
    found = [_purse(one.id, one.key.currency, until) for one in wanted]
    return sorted(found, key=lambda purse: (-sum(month.movements for month in purse.months), purse.currency))


def read_statement(creator_id: UUID, currency: str, days: Period) -> Statement:
    """The sums of what was available to a creator in these days; NotFound where they never had anything."""
    return get_statement(_account(creator_id, currency), days.since, days.until)


def read_lines(
    creator_id: UUID, currency: str, days: Period, *, cursor: str | None, limit: int
) -> tuple[Statement, StatementPage]:
    """The sums and one page of the movements, seen at one moment. NotFound."""
    asked = _account(creator_id, currency), days.since, days.until
    with one_moment():
        return get_statement(*asked), list_statement(*asked, cursor=cursor, limit=limit)


def export_period(creator_id: UUID, currency: str, days: Period, *, form: Format) -> StatementFile:
    """A file with every movement, its number in the books and the balance it left.

    Sheets begin at once and are read page by page, so that a slow reader holds no transaction. NotFound;
    Unprocessable for more lines than paper takes.
    """
    account = _account(creator_id, currency)
    name = filename(f"statement-{currency.lower()}", days.since, days.until, form)
    if form is Format.PDF:
        parts = iter([_paper(account, days)])
    else:
        parts = export_statement(account, days.since, days.until, form=form, within=one_moment, shows_paths=False)
    return StatementFile(name, CONTENT_TYPES[form], parts)


def export_months(
    creator_id: UUID, currency: str, month: date, *, months: int = 1, form: Format = Format.CSV
) -> StatementFile:
    """The same for whole months."""
    return export_period(creator_id, currency, months_from(month, months), form=form)


def _paper(account: int, days: Period) -> bytes:
    asked = account, days.since, days.until
    with one_moment():
        sums = get_statement(*asked)
        if sums.movements > MOST_LINES_ON_PAPER:
            detail = f"A document has at most {MOST_LINES_ON_PAPER:,} lines; take a sheet, or fewer days."
            raise Unprocessable("statements.too_long_for_paper", detail, movements=sums.movements)
        return statement_paper(sums, days, iterate_statement(*asked))


def _purse(account: int, currency: str, until: datetime) -> Purse:
    with one_moment():
        balance = get_balance(account).posted
        parts = list_statement_parts(account, datetime.fromtimestamp(0, until.tzinfo), until, by=Part.MONTH)
    months = [Month(p.start.date(), p.opening, p.credits, p.debits, p.closing, p.movements) for p in reversed(parts)]
    return Purse(currency, balance, tuple(months))


def _account(creator_id: UUID, currency: str) -> int:
    account = find_account(chart.creator("available", creator_id, currency))
    if account is None:
        raise NotFound("statements.nothing", "Nothing was ever available in this currency.", currency=currency)
    return account
