from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from foundation.commands import Exit, FanzCommand
from processors.facts.services import fold_all, prove_facts, rebuild_facts


class Command(FanzCommand):
    help = "Compare the sums of sales with the payments they were made from; ends with 6 when one differs."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="Make every sum again first.")

    def run(self, *, rebuild: bool, **_: Any) -> dict[str, Any]:
        if rebuild:
            rebuild_facts()
        taken_in = fold_all()
        proof = prove_facts()
        self.exit_code = Exit.OK if proof.is_equal else Exit.FINDINGS
        return {"taken_in": taken_in, **asdict(proof)}
