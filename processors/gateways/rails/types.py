"""What the core and every rail say to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from foundation.money import Money


class RailResult(StrEnum):
    PAID = "paid"
    """The rail says that it arrived."""
    ACCEPTED = "accepted"
    """Taken; the end comes later by a report or a question."""
    REFUSED = "refused"
    """Nothing was paid, and nothing will be under this reference."""
    RETURNED = "returned"
    """It had arrived, or was on its way, and came back."""
    NOT_SENT = "not_sent"
    """Certain that nothing was taken, and that it is not the payee's fault: it may be sent again under a new
    reference, when what is in the way (`code`, if the rail said one) is gone."""
    UNKNOWN = "unknown"
    """It may have been paid: ask, never repeat."""


@dataclass(frozen=True, slots=True)
class RailCapabilities:
    """What a rail can do, printed in the docs and asked before a payout is queued."""

    rail: str
    currencies: frozenset[str]
    least_minor: Mapping[str, int]
    most_minor: Mapping[str, int]
    is_file: bool
    asks_status: bool
    """Whether one payout can be asked about; where not, reports tell."""
    returns_within_days: int
    """Banking days in which a paid payout may come back as a matter of course."""
    confirms: bool
    """Whether it says by itself that money arrived; where not, a person does."""
    needs: tuple[str, ...]
    """Names of what a destination has to say."""
    may: tuple[str, ...] = ()
    """Names of what it may say besides."""
    assumed: tuple[str, ...] = ()
    """Parts of the contract nobody could confirm, in words."""
    most_in_a_file: int = 500
    """Payouts in one file, where it takes files."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a creator is paid to, as it was understood."""

    label: str
    """What may be shown: the kind and the last characters."""
    identity: str = field(repr=False)
    """The same for every way to write the same destination; kept as a keyed hash only."""
    country: str
    details: Mapping[str, str] = field(repr=False)
    """As it is sealed, and handed back in a RailRequest."""


@dataclass(frozen=True, slots=True)
class RailRequest:
    """One payout, under a reference of `reference_of` that no other instruction ever had."""

    reference: str
    amount: Money
    destination: Mapping[str, str] = field(repr=False)
    name: str = field(repr=False)
    """Whom the account belongs to."""
    note: str = ""
    """What the payee reads beside the money."""


@dataclass(frozen=True, slots=True)
class RailOutcome:
    """What became of one payout or file."""

    result: RailResult
    provider_ref: str = ""
    code: str = ""
    """The rail's own code."""
    text: str = ""
    disables_destination: bool = False
    fee: Money | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)
    """Request and answer as they may be kept: without secrets and people."""
    came_back: Money | None = None
    """What came back, where that is less than was sent."""


@dataclass(frozen=True, slots=True)
class BatchToWrite:
    """Payouts that leave as one file."""

    reference: str
    day: date
    """The day of the run; `number` counts the rail's files of this day and currency from 1."""
    number: int
    entries: tuple[RailRequest, ...]
    execute_on: date | None = None
    """The banking day on which the bank is to book it; none: the day of the run."""


@dataclass(frozen=True, slots=True)
class RailFile:
    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class RailTold:
    """One thing a report told of one instruction or of a whole file, under a key that it is known by for ever."""

    key: str
    result: RailResult
    occurred_at: datetime
    reference: str = ""
    batch_reference: str = ""
    """What is told of a file holds for all in it that have no word of their own. Neither of the two: a report that
    nobody can read, with the result UNKNOWN, for a person."""
    provider_ref: str = ""
    amount: Money | None = None
    """What the report names; believe nothing that names another amount than was sent."""
    code: str = ""
    text: str = ""
    disables_destination: bool = False
    corrects: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the bank wants changed in the destination; the money is where it should be."""
    fee: Money | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)
