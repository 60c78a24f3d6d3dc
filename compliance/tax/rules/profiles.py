"""What each form needs, and how long it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from compliance.tax.rules.numbers import read_number
from compliance.tax.rules.years import DAC7, TREATIES
from compliance.tax.states import Form

FIELDS = (
    "name", "business_name", "street", "town", "region", "post_code", "country", "tin", "birth_date", "vat_id",
    "signature",
)  # fmt: skip
NEEDED = ("name", "street", "town", "post_code", "country", "signature")
LONGEST = 140


@dataclass(frozen=True, slots=True)
class Signed:
    """A form as it was understood; `wrong` names each field that keeps it from being signed."""

    kept: Mapping[str, str]
    tin: str
    wrong: Mapping[str, str]


def read_form(form: Form, given: Mapping[str, str], *, treaty_country: str, us_percent: int, today: date) -> Signed:
    """What was filled in, with every refusal beside its field."""
    kept = {name: " ".join(given.get(name, "").split()) for name in FIELDS}
    kept["country"] = kept["country"].upper()
    wrong = {name: "This is needed." for name in NEEDED if not kept[name]}
    wrong |= {name: f"At most {LONGEST} characters." for name in FIELDS if len(kept[name]) > LONGEST}
    country = kept["country"]
    if country and not (len(country) == 2 and country.isalpha() and country.isascii()):
        wrong["country"] = "Two letters, as in US or DE."
    if country and (country == "US") != (form is Form.W9):
        wrong["country"] = "A W-9 is for the US; from elsewhere it is a W-8." if form is Form.W9 else "Use a W-9."
    tin = read_number(country, kept["tin"]) if kept["tin"] else ""
    if tin is None:
        wrong["tin"] = "No office gave out such a number; look at it again."
    if form is Form.W8BEN and not _is_birth(kept["birth_date"], today):
        wrong["birth_date"] = "A day as in 1990-05-31."
    if country in DAC7 and not tin and "tin" not in wrong:
        wrong["tin"] = "Platforms in Europe have to report it."
    if treaty_country and (treaty_country != country or treaty_country not in TREATIES):
        wrong["treaty_country"] = "A treaty is claimed by who lives in its country."
    if treaty_country and not tin:
        wrong["tin"] = "A treaty is claimed with the number of your tax office."
    if not 0 <= us_percent <= 100:
        wrong["us_percent"] = "From 0 to 100."
    if kept["signature"] and kept["name"] and kept["signature"].casefold() != kept["name"].casefold():
        wrong["signature"] = "Type your name as you wrote it above."
    return Signed({name: text for name, text in kept.items() if text and name != "tin"}, tin or "", wrong)


def expires_on(form: Form, signed: date) -> date | None:
    """A W-8 holds until the end of the third year after the one it was signed in; a W-9 until it is changed."""
    return None if form is Form.W9 else date(signed.year + 3, 12, 31)


def _is_birth(text: str, today: date) -> bool:
    try:
        return date(1900, 1, 1) <= date.fromisoformat(text) < date(today.year - 17, 12, 31)
    except ValueError:
        return False
