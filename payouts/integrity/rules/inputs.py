"""What a score is found by: whole numbers about a creator, and what one unit of each currency weighs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

# Millionths of a US cent per minor unit: only for weighing sales against each other, never for money.
# What is not listed counts as a sale and weighs nothing.
WORTH: Final[Mapping[str, int]] = {
    "USD": 1_000_000, "EUR": 1_080_000, "GBP": 1_270_000, "CAD": 730_000, "AUD": 650_000, "NZD": 600_000,
    "CHF": 1_120_000, "SEK": 95_000, "NOK": 93_000, "DKK": 145_000, "PLN": 250_000, "CZK": 43_000, "HUF": 2_700,
    "RON": 217_000, "BRL": 180_000, "MXN": 55_000, "JPY": 660_000, "KRW": 73_000, "CLP": 105_000, "KWD": 325_000,
    "BHD": 265_000, "JOD": 141_000, "OMR": 260_000, "TND": 32_000, "USDC": 100, "GUSD": 1_000_000,
}  # fmt: skip
WINDOW_DAYS, RECENT_DAYS = 90, 7
PAYER_MONTHS = 3
"""This month and the two before it."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that decides a score. Days are whole days of UTC, the one of the look among them; values are US cents."""

    age_days: int
    sales: int = 0
    """In 90 days; counted ones only."""
    recent: int = 0
    """Of them in 7 days."""
    value: int = 0
    by_product: tuple[tuple[str, int], ...] = ()
    """The value by product, in the order of the names."""
    refunded: int = 0
    """How many of these sales were refunded, in full or in part."""
    refunded_value: int = 0
    paid_by_all: int = 0
    """The value of what fans paid in three months of the calendar."""
    paid_by_one: int = 0
    """What the fan paid who paid most."""
    disputes: int = 0
    """Opened in 90 days and not won."""
    disputes_now: int = 0
    """Of them in 7 days."""

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "by_product": dict(self.by_product)}


def inputs_of(kept: Mapping[str, Any]) -> Inputs:
    """The inputs a record keeps."""
    return Inputs(**{**kept, "by_product": tuple(sorted(kept["by_product"].items()))})
