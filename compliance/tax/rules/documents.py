"""Which documents a creator's year asks for, and what stands in their boxes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from compliance.tax.rules.years import DAC7, YearRules, rules_of
from compliance.tax.states import Document, Form
from compliance.tax.types import ProfileView, YearFigures

Due = tuple[Document, dict[str, Any]]


def documents_due(figures: YearFigures, profile: ProfileView | None, had: Collection[str] = ()) -> Iterator[Due]:
    """US persons and who said nothing: a 1099-NEC of what they were paid; residents of the EU: their quarters.

    One that was made before is looked at again, also when it would not be made any more.
    """
    rules = rules_of(figures.year)
    is_foreign = profile is not None and profile.form is not Form.W9
    if (not is_foreign and is_nec_due(figures, rules)) or Document.NEC in had:
        yield Document.NEC, {
            "currency": figures.received.currency, "compensation_minor": max(figures.received.minor, 0),
            "withheld_minor": figures.withheld.minor,
        }  # fmt: skip
    if (profile is not None and profile.country in DAC7 and figures.quarters) or Document.DAC7 in had:
        yield Document.DAC7, {"quarters": [_quarter(quarter) for quarter in figures.quarters]}


def is_nec_due(figures: YearFigures, rules: YearRules) -> bool:
    """From the year's amount on, and for any amount of which something was withheld."""
    return figures.received.minor >= rules.nec_least or figures.withheld.minor > 0


def is_k_due(figures: YearFigures, rules: YearRules) -> bool:
    """Both bounds have to be passed."""
    return figures.gross.minor > rules.k_gross_over and figures.sales > rules.k_count_over


def _quarter(quarter: Any) -> dict[str, Any]:
    return {
        "quarter": quarter.quarter, "currency": quarter.currency, "consideration_minor": quarter.received.minor,
        "fees_minor": max(quarter.gross.minor - quarter.received.minor, 0), "activities": quarter.sales,
    }  # fmt: skip
