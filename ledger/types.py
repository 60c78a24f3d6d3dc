"""What other rooms hand to the ledger and get from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from foundation.money import LARGEST_IN_JSON, Money
from ledger.errors import NotAMovement


class HoldState(StrEnum):
    PENDING = "pending"
    CAPTURED = "captured"
    VOIDED = "voided"
    EXPIRED = "expired"


class Time(StrEnum):
    """By which time a balance of the past is asked for."""

    RECORDED = "recorded"
    EFFECTIVE = "effective"


@dataclass(frozen=True, slots=True)
class AccountKey:
    """Which account: the parts of its path. Opening it twice gives the same one."""

    kind: str
    purpose: str
    currency: str
    party_id: UUID | None = None
    platform_id: UUID | None = None
    source: str = "-"

    @property
    def path(self) -> str:
        parts = self.kind, self.party_id or "-", self.platform_id or "all", self.source, self.purpose, self.currency
        return ":".join(map(str, parts))


@dataclass(frozen=True, slots=True)
class Posting:
    """One movement: the amount leaves `debit` and enters `credit`.

    The id is the caller's and makes a repeat harmless. Several postings of one business fact share `journal_id`.
    `effective_at` is given only for facts of another time; left out, a posting takes effect when it is recorded.
    """

    id: UUID
    debit: int
    credit: int
    amount: Money
    kind: str
    journal_id: UUID | None = None
    effective_at: datetime | None = None
    meta: dict[str, Any] | None = None
    reverses: UUID | None = None

    def __post_init__(self) -> None:
        if not 0 < self.amount.minor <= LARGEST_IN_JSON or self.debit == self.credit:
            raise NotAMovement(
                detail="A transfer moves at least 1 between two accounts.",
                amount_minor=self.amount.minor,
                debit=self.debit,
                credit=self.credit,
            )


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a posting; `is_new` is False when its id had been posted before, with the same payload.

    On an account with sixteen slots `…_after` is that of the slot used.
    """

    id: UUID
    is_new: bool
    debit_after: int
    credit_after: int


@dataclass(frozen=True, slots=True)
class Balance:
    """posted = credits - debits; `available` is what may leave, None where nothing limits it."""

    account_id: int
    currency: str
    posted: Money
    held: Money
    floor: Money | None
    version: int
    is_open: bool

    @property
    def available(self) -> Money | None:
        return None if self.floor is None else self.posted - self.held - self.floor


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """An account by its parts."""

    id: int
    key: AccountKey
    normal_side: str
    opened_at: datetime
    closed_at: datetime | None

    @property
    def path(self) -> str:
        return self.key.path


@dataclass(frozen=True, slots=True)
class TransferInfo:
    """One immutable row."""

    id: UUID
    seq: int
    journal_id: UUID
    kind: str
    amount: Money
    debit: int
    debit_after: int
    credit: int
    credit_after: int
    recorded_at: datetime
    effective_at: datetime
    reverses: UUID | None
    hold_id: UUID | None
    meta: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One side of a movement as an account's history shows it; the amount is signed, `after` the balance it left."""

    transfer_id: UUID
    journal_id: UUID
    seq: int
    recorded_at: datetime
    effective_at: datetime
    amount: Money
    after: Money
    other_account_id: int
    kind: str
    reverses: UUID | None
    hold_id: UUID | None
    meta: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Newest first; `next` is the cursor of the page before, None at the beginning of the account."""

    entries: tuple[Entry, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class HoldInfo:
    """Reserved money; `left` is what is still held."""

    id: UUID
    account_id: int
    credit_account_id: int | None
    amount: Money
    captured: Money
    released: Money
    state: HoldState
    placed_at: datetime
    expires_at: datetime | None
    reasons: tuple[str, ...] = field(default=())

    @property
    def left(self) -> Money:
        return self.amount - self.captured - self.released


@dataclass(frozen=True, slots=True)
class Reserved:
    """What a call reserved; less than asked only where `at_most` allowed it."""

    is_new: bool
    amount: Money
