from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from fanzmoney.backups.making import make_backup
from foundation import clock
from foundation.commands import FanzCommand, positive


class Command(FanzCommand):
    help = "Take an encrypted copy of both databases and the files beside them."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, default=settings.BACKUP_DIR, metavar="DIR", help="Where backups lie.")
        parser.add_argument("--keep", type=positive, default=30, metavar="N", help="How many to keep (30).")

    def run(self, **options: Any) -> dict[str, Any]:
        return make_backup(folder=options["to"], keep=options["keep"], by=self.actor, at=clock.now())
