from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser

from foundation import clock
from foundation.commands import Exit, FanzCommand
from payouts.freezes.services import expire_freezes, judge_creator
from payouts.freezes.services.judging import creators_to_judge


class Command(FanzCommand):
    help = "Hold creators with payouts that have not left against the freeze rules, and end what lasted until now."
    writes = True
    takes_limit = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--creator", default="", metavar="ID", help="This creator alone.")

    def run(self, *, creator: str, **_: Any) -> dict[str, Any]:
        try:
            creators = [UUID(creator)] if creator else creators_to_judge(limit=self.limit)
        except ValueError as error:
            raise CommandError(f"{creator} is no id", returncode=Exit.USAGE) from error
        at, frozen, noted, released, too_late = clock.now(), 0, 0, 0, 0
        with self.progress("creators", len(creators)) as bar:
            for creator_id in creators:
                done = judge_creator(creator_id=creator_id, occasion=f"evaluated {at:%Y-%m-%d}", by=self.actor, at=at)
                frozen, noted = frozen + len(done.frozen), noted + done.noted
                released, too_late = released + len(done.released), too_late + len(done.too_late)
                bar.advance()
        return {
            "creators": len(creators), "frozen": frozen, "noted": noted, "released": released, "too_late": too_late,
            "expired": 0 if creator else expire_freezes(at=at),
        }  # fmt: skip
