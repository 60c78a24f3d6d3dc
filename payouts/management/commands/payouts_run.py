from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from foundation.commands import FanzCommand
from payouts.life.selectors import due_now
from payouts.life.services import run_payouts
from payouts.methods.states import Rail


class Command(FanzCommand):
    help = "Hand payouts that are due to their rails, each once, and ask about what is not known."
    writes = True
    takes_limit = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--rail", choices=[str(rail) for rail in Rail], help="This rail alone.")

    def run(self, rail: str | None, **_: Any) -> dict[str, Any]:
        due = {line.currency: {"count": line.count, "amount": line.amount} for line in due_now(rail or "")}
        if self.is_dry_run:
            return {"due": due}
        done = run_payouts(by=self.actor, only=[rail] if rail else (), limit=self.limit)
        return {"due": due, **done.as_dict()}
