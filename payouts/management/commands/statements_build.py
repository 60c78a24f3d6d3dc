from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser

from foundation.commands import FanzCommand
from ledger.exports import Format
from payouts.statements.rules.periods import months_from
from payouts.statements.selectors import export_period, read_statement


def month(text: str) -> date:
    return date.fromisoformat(f"{text}-01")


class Command(FanzCommand):
    help = "Write a creator's statement of one or more months to a file, as csv, jsonl or pdf."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("creator", type=UUID, help="The creator's party.")
        parser.add_argument("--currency", default="USD")
        parser.add_argument("--month", type=month, required=True, metavar="YYYY-MM", help="The first month.")
        parser.add_argument("--months", type=int, default=1, metavar="N", help="So many months.")
        parser.add_argument("--format", type=Format, choices=list(Format), default=Format.PDF)
        parser.add_argument("--out", type=Path, required=True, metavar="FILE")

    def run(self, **options: Any) -> dict[str, Any]:
        asked = options["creator"], options["currency"], months_from(options["month"], options["months"])
        file = export_period(*asked, form=options["format"])
        try:
            with options["out"].open("wb") as out:
                size = sum(out.write(part) for part in file.parts)
        except OSError as error:
            raise CommandError(f"{options['out']} cannot be written: {error.strerror}") from error
        sums = read_statement(*asked)
        return {
            "file": str(options["out"]), "bytes": size, "opening": sums.opening, "credits": sums.credits,
            "debits": sums.debits, "closing": sums.closing, "movements": sums.movements,
        }  # fmt: skip
