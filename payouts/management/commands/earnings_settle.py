from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser

from foundation import clock
from foundation.commands import FanzCommand
from payouts.earnings.services import settle_day


class Command(FanzCommand):
    help = "Make earnings available that are ripe today or were on a missed day; a day settles once."
    writes = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--day", type=date.fromisoformat, help="This day of UTC instead of today.")
        parser.add_argument("--creator", type=UUID, help="Only this creator's lines.")

    def run(self, *, day: date | None, creator: UUID | None, **_: Any) -> dict[str, Any]:
        at = clock.now()
        day = day or at.date()
        return {"day": day.isoformat(), **asdict(settle_day(day=day, at=at, creator_id=creator))}
