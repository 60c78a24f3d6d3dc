from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from fanzmoney.backups.restoring import drill
from foundation.commands import Exit, FanzCommand
from foundation.identity import erasures


class Command(FanzCommand):
    help = "Bring a backup back beside the living house, prove it, and remove it; ends with 6 when it is not sound."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", default="", help="Which backup; the newest if none is named.")
        parser.add_argument("--from", type=Path, default=settings.BACKUP_DIR, metavar="DIR", help="Where it lies.")
        parser.add_argument("--erasures", type=Path, default=erasures.journal(), help="The list of the erased.")

    def run(self, **options: Any) -> dict[str, Any]:
        report = drill(folder=options["from"], name=options["name"], listed_in=options["erasures"], by=self.actor)
        self.exit_code = Exit.FINDINGS if report["findings"] else Exit.OK
        return report
