"""The one dated table of tax figures: each year with what it says and where that is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

CURRENCY: Final = "USD"


@dataclass(frozen=True, slots=True)
class YearRules:
    """What holds for what is paid in one calendar year; amounts in cents of a US dollar, rates in basis points."""

    year: int
    nec_least: int
    """1099-NEC: from this much on."""
    k_gross_over: int
    """1099-K: more than this much in sales ..."""
    k_count_over: int
    """... and more than so many of them."""
    backup_points: int
    """Withheld from US persons without a valid taxpayer number."""
    foreign_points: int
    """Withheld from what others earn by work done in the US, unless a treaty says less."""
    sources: tuple[str, ...]


_1099K = "1099-K: 26 USC 6050W(e) as restored by P.L. 119-21 sec. 70432: over 20,000 USD and over 200 transactions"
_BACKUP = "Backup withholding: 26 USC 3406(a)(1), the fourth lowest rate of sec. 1(c): 24 %"
_FOREIGN = "Others: 26 USC 1441(a), 1442(a): 30 % of what is from sources in the US"
YEARS: Final[Mapping[int, YearRules]] = {
    2025: YearRules(
        2025, 600_00, 20_000_00, 200, 2_400, 3_000,
        ("1099-NEC: 26 USC 6041A(a), 6041(a): 600 USD", _1099K, _BACKUP, _FOREIGN),
    ),
    2026: YearRules(
        2026, 2_000_00, 20_000_00, 200, 2_400, 3_000,
        ("1099-NEC: 26 USC 6041A(a), 6041(a) as amended by P.L. 119-21 sec. 70433: 2,000 USD from 2026 on",
         _1099K, _BACKUP, _FOREIGN),
    ),
}  # fmt: skip

# Independent personal services without a fixed base in the US: points withheld, and the treaty's article.
TREATIES: Final[Mapping[str, tuple[int, str]]] = {
    "AU": (0, "Article 14"), "CA": (0, "Article VII"), "DE": (0, "Article 7"), "ES": (0, "Article 15"),
    "FR": (0, "Article 14"), "GB": (0, "Article 7"), "IT": (0, "Article 14"), "NL": (0, "Article 15"),
    "NO": (0, "Article 13"), "SE": (0, "Article 14"),
}  # fmt: skip

# Countries whose residents are reported by quarter (Directive (EU) 2021/514).
DAC7: Final = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)


def rules_of(year: int) -> YearRules:
    """The figures of a year; of a later one than the table knows, those of its last year; earlier ones are unknown."""
    known = YEARS.get(min(year, max(YEARS)))
    if known is None:
        raise ValueError(f"no tax figures of {year} are known")
    return known
