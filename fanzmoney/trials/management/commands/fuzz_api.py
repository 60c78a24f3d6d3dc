import importlib.util
import time
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from fanzmoney.trials.fuzzing.callers import callers
from fanzmoney.trials.fuzzing.calls import CANNOT_SUCCEED
from fanzmoney.trials.fuzzing.running import Found, fuzz, listening_house
from fanzmoney.trials.servers import run_there
from foundation.commands import Exit, FanzCommand, positive
from foundation.errors import Conflict, Forbidden

MOST_SHOWN, ENOUGH = 20, 10_000  # from so many cases on each operation has to succeed


class Command(FanzCommand):
    help = "Send generated requests to every operation as every kind of caller; ends with 6 when an answer was wrong."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--cases", type=positive, help="How many; without it those who can ask are listed.")
        parser.add_argument("--role", choices=callers(), help="One caller alone; otherwise all in turn.")
        parser.add_argument("--seed", type=positive, default=1, help="The same seed makes the same choices.")
        parser.add_argument(
            "--here", action="store_true", help="On the servers of this environment, which it fills with nonsense."
        )

    def run(
        self, *, cases: int | None, role: str | None, seed: int, here: bool, **options: Any
    ) -> dict[str, Any] | None:
        if cases is None:
            return {"callers": callers()}
        if importlib.util.find_spec("schemathesis") is None:
            raise Conflict("trials.no_fuzzer", "The fuzzer is not installed here; run `manage.py environment --dev`.")
        if not here:
            given = [f"--cases={cases}", f"--seed={seed}", *([f"--role={role}"] if role else [])]
            self.exit_code = run_there("fuzz_api", [*given, *["--json"] * self.is_json], is_durable=False)
            return None
        if not settings.IS_TEST:
            raise Forbidden("trials.not_here", "Fuzzing only runs on servers that were made for it.")
        asking, found, began = [role] if role else callers(), Found(), time.monotonic()
        with listening_house() as url, self.progress("cases", cases) as progress:
            for caller in asking:
                before = found.calls.count
                fuzz(url, caller, cases=-(-cases // len(asking)), seed=seed, found=found)
                progress.advance(found.calls.count - before)
        calls = found.calls
        is_short = bool(calls.never) and not role and cases >= ENOUGH
        if found.failures or calls.shown or calls.server_errors or is_short:
            self.exit_code = Exit.FINDINGS
        return {
            "cases": calls.count,
            "callers": len(asking),
            "failures": len(found.failures),
            "first_failures": found.failures[:MOST_SHOWN],
            "answered": calls.answered,
            "operations": len(calls.statuses),
            "operations_with_a_success": len(calls.succeeded),
            "never_successful": calls.never,
            "cannot_succeed": CANNOT_SUCCEED,
            "showing_our_inside": len(calls.shown),
            "first_shown": calls.shown[:MOST_SHOWN],
            "server_errors": calls.server_errors,
            "seconds": round(time.monotonic() - began),
            "seed": seed,
        }
