from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser

from foundation import clock
from foundation.commands import FanzCommand
from processors.webhooks.desk import MOST_ON_A_PAGE, list_calls, list_told
from processors.webhooks.replaying import replay_call, replay_told
from processors.webhooks.states import CallState, ToldState


class Command(FanzCommand):
    help = "Try again what providers told and nobody could apply, or read refused calls again; the runner works."
    writes = True
    takes_limit = True

    def add_options(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--told", type=UUID, metavar="ID", help="One thing a provider told.")
        what.add_argument("--call", type=UUID, metavar="ID", help="One refused call, from its bytes on.")
        what.add_argument("--given-up", action="store_true", help="All that was tried often enough.")
        what.add_argument("--parked", action="store_true", help="All that waits for its next try.")
        what.add_argument("--refused", action="store_true", help="The newest refused calls, from their bytes on.")

    def run(self, **options: Any) -> dict[str, Any]:
        at, limit = clock.now(), self.limit or MOST_ON_A_PAGE
        calls, told = self._chosen(options, limit)
        for call_id in calls:
            replay_call(call_id=call_id, by=self.actor, at=at)
        for told_id in told:
            replay_told(told_id=told_id, by=self.actor, at=at)
        return {"calls": calls, "told": told}

    def _chosen(self, options: dict[str, Any], limit: int) -> tuple[list[UUID], list[UUID]]:
        if options["call"] or options["told"]:
            return [one for one in [options["call"]] if one], [one for one in [options["told"]] if one]
        if options["refused"]:
            return [call.id for call in list_calls(state=CallState.REJECTED, limit=limit)], []
        state = ToldState.DEAD if options["given_up"] else ToldState.PARKED
        return [], [one.id for one in list_told(states=[state], limit=limit)]
