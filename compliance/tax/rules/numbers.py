"""Whether a taxpayer number can be one, by the country that gave it."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from stdnum.at import tin as at
from stdnum.au import tfn
from stdnum.ca import sin
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.es import nif as spanish
from stdnum.exceptions import ValidationError
from stdnum.fr import nif as french
from stdnum.gb import utr
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.pl import pesel
from stdnum.pt import nif as portuguese
from stdnum.se import personnummer
from stdnum.us import ein, itin, ssn

KNOWN: Final[dict[str, tuple[ModuleType, ...]]] = {
    "US": (ssn, ein, itin), "AT": (at,), "AU": (tfn,), "CA": (sin,), "DE": (idnr,), "DK": (cpr,), "ES": (spanish,),
    "FR": (french,), "GB": (utr,), "IT": (codicefiscale,), "NL": (bsn,), "NO": (fodselsnummer,), "PL": (pesel,),
    "PT": (portuguese,), "SE": (personnummer,),
}  # fmt: skip
SHORTEST, LONGEST = 4, 20


def read_number(country: str, text: str) -> str | None:
    """The number without blanks and dashes; None when no office of this country could have given it."""
    plain = "".join(text.split()).replace("-", "").replace("/", "").replace(".", "").upper()
    if not (plain.isascii() and plain.isalnum() and SHORTEST <= len(plain) <= LONGEST):
        return None
    checks = KNOWN.get(country)
    if checks is None:
        return plain
    return next((plain for check in checks if _holds(check, text)), None)


def _holds(check: ModuleType, text: str) -> bool:
    try:
        check.validate(text)
    except ValidationError:
        return False
    return True
