from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser

from foundation import clock
from foundation.commands import Exit, FanzCommand
from payouts.integrity.proof import prove_records
from payouts.integrity.services import rescore, rescore_all


class Command(FanzCommand):
    help = "Score every creator, or these, and write down what changed; --prove finds every past score again."
    writes = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--creator", type=UUID, action="append", help="Only this creator; may be repeated.")
        parser.add_argument("--prove", action="store_true", help="Find every score again from what its record keeps.")

    def run(self, *, creator: list[UUID] | None, prove: bool, **_: Any) -> dict[str, Any]:
        if prove:
            proof = prove_records()
            self.exit_code = Exit.FINDINGS if proof.wrong else Exit.OK
            return asdict(proof)
        reason, at = self.actor.reference[:60], clock.now()
        found = rescore(creator, reason=reason, at=at) if creator else rescore_all(reason=reason, at=at)
        return asdict(found)
