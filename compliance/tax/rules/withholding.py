"""How much of a payout is kept back for a tax office: the profile in, the amount and its reason out."""

from __future__ import annotations

from datetime import date

from compliance.tax.rules.years import TREATIES, rules_of
from compliance.tax.states import Form, Scheme, Standing
from compliance.tax.types import ProfileView, Withholding
from foundation.money import Money

ALL = 10_000


def withheld(amount: Money, profile: ProfileView | None, today: date) -> Withholding:
    """24 % from US persons without a valid number; 30 % or the treaty's rate of the part worked in the US from others;
    nothing from who has said nothing yet. Whole minor units."""
    none = Money.zero(amount.currency)
    if profile is None:
        return Withholding(none, 0, Scheme.NONE, "no form was given")
    figures, standing = rules_of(today.year), profile.standing(today)
    if profile.form is Form.W9:
        if standing is Standing.VALID:
            return Withholding(none, 0, Scheme.NONE, "a W-9 with a valid number")
        return _part(amount, figures.backup_points, Scheme.BACKUP, "a US person without a valid number")
    if not profile.us_percent:
        return Withholding(none, 0, Scheme.NONE, "nothing was worked for in the US")
    points, why = _treaty(profile, standing, figures.foreign_points)
    return _part(amount, points * profile.us_percent // 100, Scheme.FOREIGN, f"{profile.us_percent} % in the US, {why}")


def _treaty(profile: ProfileView, standing: Standing, points: int) -> tuple[int, str]:
    """A treaty is claimed by its country's resident, with a number and a form in force."""
    claimed = profile.treaty_country and profile.treaty_country == profile.country
    if claimed and standing is Standing.VALID and profile.treaty_country in TREATIES:
        rate, article = TREATIES[profile.treaty_country]
        return rate, f"treaty with {profile.treaty_country}, {article}"
    return points, "no treaty" if standing is not Standing.EXPIRED else "the form ran out"


def _part(amount: Money, points: int, scheme: Scheme, why: str) -> Withholding:
    kept, _ = amount.allocate(points, ALL - points) if points else (Money.zero(amount.currency), amount)
    return Withholding(kept, points, scheme if points else Scheme.NONE, why)
