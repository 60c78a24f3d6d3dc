import time
from argparse import ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from fanzmoney.trials.servers import run_there
from foundation.commands import Exit, FanzCommand, positive
from foundation.errors import Forbidden, Invalid
from foundation.faults import Run, batteries

USUAL_MINUTES = 10.0


def minutes(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value <= 10_000:
        raise ArgumentTypeError(f"{text!r} is no number of minutes")
    return value


class Command(FanzCommand):
    help = "Run a battery of attacks or accidents on servers of its own; ends with 6 when one got through."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", help="Which battery; without a name they are listed.")
        parser.add_argument("--minutes", type=minutes, help=f"How long; {USUAL_MINUTES:g} unless trials are counted.")
        parser.add_argument("--trials", type=positive, help="How many at most.")
        parser.add_argument("--seed", type=positive, default=1, help="The same seed makes the same choices.")
        parser.add_argument(
            "--here", action="store_true", help="On the servers of this environment, which it may ruin."
        )

    def run(self, *, name: str | None, here: bool, **options: Any) -> dict[str, Any] | None:
        if name is None:
            return {"batteries": {battery: found.what for battery, found in batteries.items()}}
        battery = batteries.find(name)
        wanted, trials, seed = options["minutes"], options["trials"], options["seed"]
        if wanted is None and trials is None:
            wanted = USUAL_MINUTES
        if not here:
            said = {"--minutes": wanted, "--trials": trials, "--seed": seed}
            given = [f"{option}={value}" for option, value in said.items() if value is not None]
            self.exit_code = run_there("faults", [name, *given, *["--json"] * self.is_json], is_durable=False)
            return None
        if not settings.IS_TEST:
            raise Forbidden("faults.not_here", "A battery only runs on servers that were made for it.")
        began = time.monotonic()
        with self.progress(battery.what, trials) as progress:
            run = Run(minutes=wanted, most_trials=trials, seed=seed, on_trial=progress.advance)
            battery.attack(run)
        if not run.trials and not run.skipped:
            raise Invalid("faults.nothing_tried", "This battery tried nothing.")
        if run.violations:
            self.exit_code = Exit.FINDINGS
        return {
            "battery": name,
            "what": battery.what,
            "minutes": round((time.monotonic() - began) / 60, 2),
            **run.as_dict(),
        }
