from typing import Any

from django.core.management.base import CommandParser

from foundation.commands import Exit, FanzCommand
from foundation.http import contract


class Command(FanzCommand):
    help = "Say what of the API would break clients of the last release, unless docs/api/breaks.md names it."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--release", action="store_true", help="Keep the API as it is now as the one clients were given."
        )

    def run(self, **options: Any) -> dict[str, Any]:
        if options["release"]:
            contract.release()
        found = contract.check()
        self.exit_code = Exit.FINDINGS if found.breaks or found.stale else Exit.OK
        return {"breaks": found.breaks, "agreed": found.agreed, "stale": found.stale}
