from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from foundation.commands import Exit, FanzCommand
from foundation.watch import Looked, look, probes


class Command(FanzCommand):
    help = "Look at everything that can be unwell, and say what to do; ends with 6 when something must be done."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--probe", action="append", metavar="NAME", help="Only this probe; may be repeated.")

    def run(self, *, probe: list[str] | None, **_: Any) -> dict[str, Any]:
        chosen = {name: probes.find(name) for name in probe} if probe else dict(probes)
        with self.progress("Looking", len(chosen)) as progress:
            looked = []
            for name, ask in chosen.items():
                looked.append(look(name, ask))
                progress.advance()
        is_healthy = all(one.is_well for one in looked)
        if not is_healthy:
            self.exit_code = Exit.FINDINGS
        return {"healthy": is_healthy, "probes": list(map(_printed, looked))}

    def present(self, answer: dict[str, Any]) -> None:
        for one in answer["probes"]:
            mark = self.style.SUCCESS("ok  ") if one["ok"] else self.style.ERROR("ill ")
            self.stdout.write(f"{mark}{one['probe']} ({one['ms']:.0f} ms)")
            for finding in one["findings"]:
                kind = self.style.WARNING("warning: ") if finding["is_warning"] else ""
                self.stdout.write(f"      {kind}{finding['what']}")
                self.stdout.write(f"      → {finding['remedy']}")
        warned = sum(one["ok"] and bool(one["findings"]) for one in answer["probes"])
        well = f"Nothing is broken; {warned} to look at soon." if warned else "All is well."
        self.stdout.write(well if answer["healthy"] else "Something must be done.")


def _printed(looked: Looked) -> dict[str, Any]:
    return {
        "probe": looked.probe,
        "ok": looked.is_well,
        "ms": looked.ms,
        "findings": [asdict(complaint) for complaint in looked.findings],
    }
