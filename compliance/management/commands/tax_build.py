from typing import Any

from django.core.management.base import CommandParser

from compliance.tax.services import build_year
from foundation import clock
from foundation.commands import FanzCommand


class Command(FanzCommand):
    help = "Make the tax documents of a year for everybody; one whose figures changed since gets a correction."
    writes = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--year", type=int, required=True)

    def run(self, *, year: int, **_: Any) -> dict[str, Any]:
        built = build_year(year=year, by=self.actor, at=clock.now())
        return {
            "year": year, "made": built.made, "corrected": built.corrected, "unchanged": built.unchanged,
            "without_number": [str(party) for party in built.without_number],
            "unreported": [
                {"party": str(one.party_id), "scheme": str(one.scheme), "minor": one.amount.minor,
                 "currency": one.amount.currency}
                for one in built.unreported
            ],
        }  # fmt: skip
