"""What the other side says, and what we expect it to say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from foundation.money import Money


@dataclass(frozen=True, slots=True)
class Book:
    """Something outside that mirrors one of our accounts in each currency, and tells us in statements.

    `reference` is the name in a posting's meta under which the other side's reference stands; a posting without it
    goes by its journal. Dates may differ by `tolerance`; what they do not list within `grace` is missing.
    """

    title: str
    kind: str
    purpose: str
    source: str = "-"
    reference: str = "reference"
    tolerance: timedelta = timedelta(days=3)
    grace: timedelta = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class LineIn:
    """A line of an outside statement, its amount as that side signs our account: more for us is positive."""

    reference: str
    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """A stored line that is not settled yet."""

    id: int
    reference: str
    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class Expected:
    """A posting of ours that a statement should list."""

    transfer_id: UUID
    account_id: int
    reference: str
    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a statement; `is_new` is False when it had come before."""

    statement_id: UUID
    is_new: bool
    lines: int
    matched: int
    opened: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at our own balances found."""

    slots: int
    opened: int


@dataclass(frozen=True, slots=True)
class BreakLine:
    """A difference as people see it. `difference` is what is missing in our books: theirs less ours."""

    id: UUID
    kind: str
    state: str
    book: str
    reference: str
    account_id: int | None
    account: str
    expected: Money | None
    found: Money | None
    difference: Money
    owner: str
    opened_at: datetime
    due_at: datetime
    resolved_at: datetime | None
    resolution: str
    transfer_id: UUID | None
    resolving_transfer_id: UUID | None
    facts: dict[str, object]
