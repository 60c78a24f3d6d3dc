"""A split as other rooms see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Scope:
    """What a split is about; None or empty: all of them."""

    platform_id: UUID | None = None
    product: str = ""
    creator_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """The creator's part of what a sale is after tax; the rest is our fee."""

    id: UUID
    scope: Scope
    creator_basis_points: int
    active_from: datetime
    active_until: datetime | None
    approval_id: UUID | None

    @property
    def in_words(self) -> str:
        return in_words(self.creator_basis_points)


@dataclass(frozen=True, slots=True)
class Share:
    """A creator's part, and the scope of the version that says so."""

    creator_basis_points: int
    said_by: Scope


def in_words(basis_points: int) -> str:
    """80.00 % to the creator, 20.00 % to us."""
    ours = 10_000 - basis_points
    return f"{percent(basis_points)} creator, {percent(ours)} platform"


def percent(basis_points: int) -> str:
    return f"{basis_points // 100}.{basis_points % 100:02d} %"
