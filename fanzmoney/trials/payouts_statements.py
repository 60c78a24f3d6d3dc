"""`bench payouts --only statements`: a year of a creator with many movements, as a document and as a sheet."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from uuid import UUID

import psycopg

from fanzmoney.trials.ledger_statements import LOAD, OPEN
from fanzmoney.trials.ledger_yardstick import BOOKS
from foundation import clock
from foundation.benches import Goal, Measure, bench
from foundation.ids import uuid7
from ledger import chart
from ledger.exports import Format
from ledger.services import open_account
from payouts.statements.rules.periods import Period, last_months
from payouts.statements.selectors import export_period, read_statement

LINES, DAYS = 50_000, 320
# One in ten was written down later than it counts; the rest as it happened.
MOSTLY_IN_TIME = LOAD.replace("i % 10 > 0", "i % 10 = 0")


def year() -> Mapping[str, float]:
    """Fifty thousand movements within twelve months; the sheet's first bytes, then all of it, then the document."""
    creator_id, days = _creator(), last_months(clock.now().date(), 12)
    sums = read_statement(creator_id, "USD", days)
    first, whole = _sheet(creator_id, days)
    began = time.perf_counter()
    size = sum(map(len, export_period(creator_id, "USD", days, form=Format.PDF).parts))
    took = time.perf_counter() - began
    return {
        "ST.csv_first": first, "ST.csv": whole, "ST.pdf": took if size else float("inf"),
        "ST.movements": float(sums.movements),
    }  # fmt: skip


def _sheet(creator_id: UUID, days: Period) -> tuple[float, float]:
    """Seconds until the first bytes of the sheet, and until its last."""
    began = time.perf_counter()
    parts = iter(export_period(creator_id, "USD", days, form=Format.CSV).parts)
    next(parts)
    first = time.perf_counter() - began
    for _ in parts:
        pass
    return first, time.perf_counter() - began


def _creator() -> UUID:
    """A creator with so many movements on what is available, laid as posting would have left them."""
    creator_id = uuid7()
    account = open_account(chart.creator("available", creator_id, "USD"))
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute(BOOKS.encode())
        (other,) = owner.execute(OPEN, [f"of-{account}"]).fetchone() or (0,)
        owner.execute(MOSTLY_IN_TIME.format(account=account, other=other, batch=LINES, days=DAYS).encode())
        owner.execute("ANALYZE")
    return creator_id


bench("payouts").add(
    "statements",
    Measure(
        year,
        [
            Goal("ST.csv_first", f"First bytes of a year's sheet, {LINES:,} movements", "s", 1),
            Goal("ST.csv", "The whole sheet", "s", 30),
            Goal("ST.pdf", "The same year as a document", "s", 5),
            Goal("ST.movements", "Movements in it", "movements", LINES, "exactly"),
        ],
        runs=3,
    ),
)
