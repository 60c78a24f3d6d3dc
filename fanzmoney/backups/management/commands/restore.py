from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from fanzmoney.backups.restoring import restore
from foundation.commands import Exit, FanzCommand
from foundation.identity import erasures


class Command(FanzCommand):
    help = "Bring a backup back as new databases, proven; never over what lives. Ends with 6 when it is not sound."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", default="", help="Which backup; the newest if none is named.")
        parser.add_argument("--from", type=Path, default=settings.BACKUP_DIR, metavar="DIR", help="Where it lies.")
        parser.add_argument("--keys-from", default="", metavar="NAME", help="Take the keys from this younger backup.")
        parser.add_argument("--database", default="", metavar="NAME", help="The new database; DATABASE_URL's if empty.")
        parser.add_argument("--keys-database", default="", metavar="NAME", help="The same for the keys.")
        parser.add_argument("--files", type=Path, default=settings.STATE_DIR, metavar="DIR", help="Where files go.")
        parser.add_argument("--erasures", type=Path, default=erasures.journal(), help="The list of the erased.")

    def run(self, **options: Any) -> dict[str, Any]:
        report = restore(
            folder=options["from"],
            name=options["name"],
            keys_from=options["keys_from"],
            house_name=options["database"],
            keys_name=options["keys_database"],
            files=options["files"],
            listed_in=options["erasures"],
        )
        self.exit_code = Exit.FINDINGS if report["findings"] else Exit.OK
        return report
