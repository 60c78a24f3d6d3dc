"""A statement as a document: sums at the head, then every movement with its number in the books."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from foundation.http.amounts import plain_amount
from foundation.http.papers import PaperColumn, PaperRow, paper
from foundation.money import Money
from ledger.selectors import Statement, StatementPage
from payouts.statements.rules.periods import Period
from payouts.statements.rules.words import in_words

COLUMNS = (
    PaperColumn("Time (UTC)", 15), PaperColumn("What", 22), PaperColumn("Number in the books", 32),
    PaperColumn("Amount", 15, end=True), PaperColumn("Balance", 16, end=True),
)  # fmt: skip


def statement_paper(sums: Statement, days: Period, pages: Iterable[StatementPage]) -> bytes:
    """The finished document; its last balance is the closing one of its head."""
    facts = [
        ("Period", f"{days.first:%-d %B %Y} to {days.last:%-d %B %Y}, UTC"),
        ("Currency", sums.opening.currency),
        ("Opening balance", _amount(sums.opening)),
        ("Came in", _amount(sums.credits)),
        ("Went out", _amount(-sums.debits)),
        ("Closing balance", _amount(sums.closing)),
        ("Movements", f"{sums.movements:,}"),
    ]
    title = "Statement of what was available to you"
    return paper(title, facts, COLUMNS, _rows(sums, pages), foot="FanzMoneyDash - statement of a creator")


def _rows(sums: Statement, pages: Iterable[StatementPage]) -> Iterator[PaperRow]:
    yield PaperRow([_time(sums.since), "Opening balance", "", "", plain_amount(sums.opening)], is_total=True)
    for page in pages:
        for line in page.lines:
            yield PaperRow([
                _time(line.at), in_words(line.kind), str(line.transfer_id), plain_amount(line.amount),
                plain_amount(line.balance),
            ])  # fmt: skip
    yield PaperRow([_time(sums.until), "Closing balance", "", "", plain_amount(sums.closing)], is_total=True)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def _amount(amount: Money) -> str:
    return f"{plain_amount(amount)} {amount.currency}"
