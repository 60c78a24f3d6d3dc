"""A creator's monthly statements: read from the ledger at once, never stored, so they cannot differ from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

from foundation.errors import Invalid, NotFound
from ledger import chart
from ledger.exports import CONTENT_TYPES, Format, export_statement, filename
from ledger.selectors import Statement, find_account, get_statement, one_moment

MOST_MONTHS = 36


@dataclass(frozen=True, slots=True)
class StatementFile:
    """A statement as a file; its parts are made while they are read."""

    name: str
    content_type: str
    parts: Iterator[bytes]


def read_statement(creator_id: UUID, currency: str, month: date, *, months: int = 1) -> Statement:
    """The sums of what was available to a creator from this month on; NotFound where they never had anything."""
    return get_statement(_account(creator_id, currency), *_span(month, months))


def export_months(
    creator_id: UUID, currency: str, month: date, *, months: int = 1, form: Format = Format.CSV
) -> StatementFile:
    """The same with every movement, its ledger ids and the balance it left. NotFound; Invalid for too many months."""
    since, until = _span(month, months)
    account = _account(creator_id, currency)
    parts = export_statement(account, since, until, form=form, within=one_moment, shows_paths=False)
    name = filename(f"statement-{currency.lower()}", since, until, form)
    return StatementFile(name, CONTENT_TYPES[form], parts)


def _account(creator_id: UUID, currency: str) -> int:
    account = find_account(chart.creator("available", creator_id, currency))
    if account is None:
        raise NotFound("statements.nothing", "Nothing was ever available in this currency.", currency=currency)
    return account


def _span(month: date, months: int) -> tuple[datetime, datetime]:
    if not 1 <= months <= MOST_MONTHS:
        raise Invalid("statements.too_long", f"A statement is about 1 to {MOST_MONTHS} months.")
    count = month.year * 12 + month.month - 1
    return _first(count), _first(count + months)


def _first(count: int) -> datetime:
    return datetime.combine(date(count // 12, count % 12 + 1, 1), time(), UTC)
