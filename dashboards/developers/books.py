"""What a payment or refund moved on the books, as far as its platform may see them."""

from __future__ import annotations

from uuid import UUID

from dashboards.ops.ledger.parts import short_path
from foundation.http.components import Column, Empty, Id, Link, Row, Table
from ledger.selectors import paths_of
from processors.payments.history import legs_of


def books_of(id: UUID) -> Table:
    """Read behind the wall between platforms."""
    legs = legs_of(id)
    paths = paths_of({account for leg in legs for account in (leg.debit, leg.credit)})
    rows = [
        Row([
            Link(leg.kind), _place(paths, leg.debit), _place(paths, leg.credit),
            leg.amount, Id(f"/api/v1/ledger/transfers/{leg.id}", f"…{str(leg.id)[-6:]}"), leg.recorded_at,
        ])
        for leg in legs
    ]  # fmt: skip
    columns = [
        Column("Entry"), Column("Debit"), Column("Credit"), Column("Amount", end=True),
        Column("Ask for it", tight=True), Column("When", tight=True),
    ]  # fmt: skip
    empty = Empty("Nothing on the books", "No money moved for it yet.", icon="chart")
    return Table("Ledger entries of this payment", columns, rows, empty)


def _place(paths: dict[int, str], account: int) -> str:
    return short_path(paths[account]) if account in paths else "of the house"
