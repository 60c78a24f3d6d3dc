from typing import Any

from django.core.checks import Tags
from django.core.management.base import CommandError, CommandParser

from foundation.commands import FanzCommand
from foundation.inbox.runner import Runner, run_until_idle


class Command(FanzCommand):
    help = "Turn the relay, a reader per group and the senders until SIGTERM; as many runners as like may run."

    requires_system_checks = (Tags.security, Tags.database)

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        return {**super().get_check_kwargs(options), "databases": ["default"]}

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--until-idle", action="store_true", help="Do what waits now, then end.")

    def run(self, **options: Any) -> dict[str, Any]:
        if options["until_idle"]:
            return {"turns": run_until_idle()}
        runner = Runner()
        if not runner.run():
            raise CommandError("some parts did not finish their turn in time; what they held is taken over by others")
        return {"stopped": [thread.name for thread in runner.threads]}
