from typing import Any

from django.core.management.base import CommandParser

from foundation import clock
from foundation.commands import FanzCommand
from foundation.identity.services import create_client


class Command(FanzCommand):
    help = "Make a platform's API client and print its secret, which nobody can show again."
    writes = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--platform", required=True, metavar="SLUG", help="The platform it belongs to.")
        parser.add_argument("--name", required=True, help="What the platform calls it.")
        parser.add_argument("--scope", action="append", default=[], help="What it may do; once for each scope.")

    def run(self, **options: Any) -> dict[str, Any]:
        made = create_client(
            platform=options["platform"],
            name=options["name"],
            scopes=options["scope"],
            by=self.actor,
            at=clock.now(),
        )
        scopes = sorted(set(options["scope"]))
        return {"scopes": scopes} if self.is_dry_run else {
            "client_id": made.client_id, "client_secret": made.secret, "scopes": scopes,
        }  # fmt: skip
