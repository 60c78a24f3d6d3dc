from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from compliance.sanctions.services import import_list
from foundation import clock
from foundation.commands import Exit, FanzCommand


class Command(FanzCommand):
    help = "Put a new version of a sanctions list in force; the names of creators are held against it at each payout."
    writes = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="CSV: id, kind, name, aliases, born, countries.")
        parser.add_argument("--name", default="synthetic", help="Which list this is a version of.")

    def run(self, *, file: Path, name: str, **_: Any) -> dict[str, Any]:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}", returncode=Exit.USAGE) from error
        made, is_new = import_list(name=name, content=content, by=self.actor, at=clock.now())
        return {"list": made.name, "version": made.pk, "entries": made.entries, "is_new": is_new}
