from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser

from foundation import clock
from foundation.commands import FanzCommand
from foundation.identity.services import rotate_secret


class Command(FanzCommand):
    help = "Give an API client a new secret and print it; the old one ends at once."
    writes = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("client_id", type=UUID)

    def run(self, **options: Any) -> dict[str, Any]:
        fresh = rotate_secret(client_id=options["client_id"], by=self.actor, at=clock.now())
        return {"client_id": fresh.client_id} | ({} if self.is_dry_run else {"client_secret": fresh.secret})
