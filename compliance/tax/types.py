"""What other rooms and pages see of a party's tax papers: never the number itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from compliance.tax.states import Document, Form, Scheme, Standing
from foundation.money import Money


@dataclass(frozen=True, slots=True)
class ProfileView:
    id: UUID
    party_id: UUID
    number: int
    form: Form
    country: str
    tin_ending: str
    """The last four characters; empty where none was given."""
    treaty_country: str
    us_percent: int
    signed_at: datetime
    expires_on: date | None

    def standing(self, today: date) -> Standing:
        if self.expires_on is not None and today > self.expires_on:
            return Standing.EXPIRED
        return Standing.VALID if self.tin_ending else Standing.NO_NUMBER


@dataclass(frozen=True, slots=True)
class Withholding:
    """What is kept back of an amount, and under which rule."""

    amount: Money
    points: int
    scheme: Scheme
    why: str


@dataclass(frozen=True, slots=True)
class Quarter:
    """What became available to a creator in a quarter, and by how many sales of what worth."""

    year: int
    quarter: int
    currency: str
    received: Money
    gross: Money
    sales: int


@dataclass(frozen=True, slots=True)
class YearFigures:
    """A creator's calendar year in US dollars, and by quarter in every currency."""

    party_id: UUID
    year: int
    received: Money
    """Became available: the base of a 1099-NEC."""
    gross: Money
    """Sales before any fee: the base of a 1099-K."""
    sales: int
    withheld: Money
    quarters: tuple[Quarter, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreported:
    """What was withheld of a party in a year and stands in no document: people report it by hand."""

    party_id: UUID
    scheme: Scheme
    amount: Money


@dataclass(frozen=True, slots=True)
class DocumentView:
    id: UUID
    party_id: UUID
    year: int
    kind: Document
    number: int
    corrects_id: UUID | None
    figures: dict[str, object]
    made_at: datetime
    profile_id: UUID | None = None
    """What was signed when it was made."""
