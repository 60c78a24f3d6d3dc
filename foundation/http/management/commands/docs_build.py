from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from foundation import printed
from foundation.commands import Exit, FanzCommand


class Command(FanzCommand):
    help = "Print the pages of docs/ that come from the code (topics and the like)."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Change nothing; end with 6 when a page is stale.")

    def run(self, **options: Any) -> dict[str, Any]:
        folder = settings.BASE_DIR / "docs"
        if not options["check"]:
            return {"pages": list(printed.PAGES), "changed": printed.write(folder)}
        stale = printed.stale(folder)
        self.exit_code = Exit.FINDINGS if stale else Exit.OK
        return {"pages": list(printed.PAGES), "stale": stale}
