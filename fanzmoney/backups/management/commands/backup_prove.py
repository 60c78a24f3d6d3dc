from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from fanzmoney.backups.proving import prove
from foundation.commands import Exit, FanzCommand
from foundation.identity import erasures


class Command(FanzCommand):
    help = "In a copy that was brought back: forget the erased again, and prove keys, books and chains."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--list", type=Path, default=erasures.journal(), help="The list of the erased.")

    def run(self, **options: Any) -> dict[str, Any]:
        report = prove(listed_in=options["list"], by=self.actor)
        self.exit_code = Exit.FINDINGS if report["findings"] else Exit.OK
        return report
