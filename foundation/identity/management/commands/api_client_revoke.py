from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser

from foundation import clock
from foundation.commands import FanzCommand
from foundation.identity.services import revoke_client


class Command(FanzCommand):
    help = "End an API client: no more tokens, and those it holds last five minutes at most."
    writes = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("client_id", type=UUID)

    def run(self, **options: Any) -> dict[str, Any]:
        client = revoke_client(client_id=options["client_id"], by=self.actor, at=clock.now())
        return {"client_id": client.pk, "name": client.name, "active_until": client.active_until}
