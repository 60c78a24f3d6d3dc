import os
import platform
import statistics
from typing import Any

from django.core.management.base import CommandParser
from django.db import connection

from fanzmoney.trials.servers import run_there
from foundation.benches import benches, length, take_all
from foundation.commands import Exit, FanzCommand
from foundation.errors import Invalid, NotFound


class Command(FanzCommand):
    help = "Take the figures of a bench on servers of its own; ends with 6 when one is missing or too bad."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", help="Which bench; without a name they are listed.")
        parser.add_argument("--only", action="append", metavar="MEASURE", help="Only this measure; may be repeated.")
        parser.add_argument("--seconds", type=int, default=length.seconds, help="How long a load goes on at most.")
        parser.add_argument("--here", action="store_true", help="On the servers of this environment.")

    def run(
        self, *, name: str | None, only: list[str] | None, seconds: int, here: bool, **_: Any
    ) -> dict[str, Any] | None:
        if name is None:
            return {"benches": {bench: list(measures) for bench, measures in benches.items()}}
        if name not in benches:
            raise NotFound("bench.unknown", f"There is no bench {name!r}.", known=sorted(benches))
        measures = {key: benches[name].find(key) for key in only} if only else dict(benches[name])
        if not here:
            chosen = [f"--seconds={seconds}", *(f"--only={key}" for key in only or ())]
            self.exit_code = run_there("bench", [name, *chosen, *["--json"] * self.is_json], is_durable=True)
            return None
        if seconds < 1:
            raise Invalid("bench.no_time", "A load goes on for a second at least.")
        length.seconds = seconds
        with self.progress("Measuring", sum(measure.runs for measure in measures.values())) as progress:
            taken, yardsticks = take_all(measures, advance=progress.advance)
        figures = [figure.as_dict() for figure in taken]
        if not figures:
            raise Invalid("bench.empty", "This bench printed no figure.")
        if not all(figure["ok"] for figure in figures):
            self.exit_code = Exit.FINDINGS
        return {"bench": name, "machine": machine(yardsticks), "figures": figures}

    def present(self, answer: dict[str, Any]) -> None:
        if "figures" not in answer:
            return super().present(answer)
        for figure in answer["figures"]:
            mark = self.style.SUCCESS("ok   ") if figure["ok"] else self.style.ERROR("MISS ")
            value = "not taken" if figure["value"] is None else f"{figure['value']:g} {figure['unit']}"
            self.stdout.write(f"{mark}{figure['what']}: {value} ({figure['goal']} {figure['unit']})")
            if figure.get("why_not"):
                self.stdout.write(f"     {figure['why_not']}")


def machine(yardsticks: list[float]) -> dict[str, Any]:
    """Where the figures were taken, and how fast it was meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (postgres,) = cursor.fetchone()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_mb": memory,
        "python": platform.python_version(),
        "postgres": postgres,
        "load": round(os.getloadavg()[0], 2),
        "yardstick": {
            "what": "60,000 rounds of SHA-256 between the runs",
            "unit": "ms",
            "median": round(statistics.median(yardsticks), 1) if yardsticks else None,
            "runs": [round(value, 1) for value in yardsticks],
        },
    }
