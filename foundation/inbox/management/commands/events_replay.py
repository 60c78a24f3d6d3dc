from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from foundation import clock
from foundation.commands import FanzCommand, positive
from foundation.inbox.selectors import list_parked
from foundation.inbox.services import hear_again, replay_letter


class Command(FanzCommand):
    help = "Say news again from a number on, or try parked letters again; the runner does the work."
    writes = True
    takes_limit = True

    def add_options(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--from", type=positive, dest="from_id", metavar="ID", help="The first outbox number.")
        what.add_argument("--parked", action="store_true", help="Letters that wait for a person.")
        parser.add_argument("--group", default="", help="Only this group's letters.")

    def run(self, **options: Any) -> dict[str, Any]:
        at = clock.now()
        if options["from_id"]:
            return {"from": options["from_id"], "streams": hear_again(from_id=options["from_id"], by=self.actor, at=at)}
        letters = list_parked(group=options["group"], limit=self.limit or 1000)
        for letter in letters:
            replay_letter(letter.id, by=self.actor, at=at)
        return {"letters": [asdict(letter) for letter in letters]}
