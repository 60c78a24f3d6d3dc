from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from foundation import clock
from foundation.commands import FanzCommand
from processors.crypto.services import add_key
from processors.crypto.services.keys import NETWORKS


class Command(FanzCommand):
    help = "Give addresses of another account from now on, by its extended PUBLIC key; private ones are refused."

    writes = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("coin", choices=["BTC", "ETH"], help="ETH also serves its tokens.")
        parser.add_argument("key", help="xpub or zpub of the account, three steps below the root.")
        parser.add_argument("--network", choices=NETWORKS, default="main")

    def run(self, **options: Any) -> dict[str, Any]:
        key = add_key(
            coin=options["coin"], account_key=options["key"], network=options["network"], by=self.actor,
            at=clock.now(),
        )  # fmt: skip
        return {"id": str(key.pk), "chain": key.chain, "path": key.path, "fingerprint": key.fingerprint}
