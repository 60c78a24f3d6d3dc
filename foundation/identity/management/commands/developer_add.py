from typing import Any

from django.core.management.base import CommandParser

from foundation import clock
from foundation.commands import FanzCommand
from foundation.identity.login.developers import create_developer


class Command(FanzCommand):
    help = "Add a developer of a platform; a link by which they choose a password is mailed to them."
    writes = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--platform", required=True, metavar="SLUG", help="The platform they work for.")
        parser.add_argument("--name", required=True)

    def run(self, **options: Any) -> dict[str, Any]:
        made = create_developer(
            platform=options["platform"],
            email=options["email"],
            name=options["name"],
            by=self.actor,
            at=clock.now(),
        )
        return {"user_id": str(made.pk), "platform": options["platform"]}
