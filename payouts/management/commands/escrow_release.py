from __future__ import annotations

from dataclasses import asdict
from typing import Any

from foundation.commands import FanzCommand
from payouts.life.selectors import due_for_release
from payouts.life.services import release_due


class Command(FanzCommand):
    help = "Release payouts from escrow whose hours are over by the database's clock, each once."
    writes = True
    takes_limit = True

    def run(self, **_: Any) -> dict[str, Any]:
        due = {line.currency: {"count": line.count, "amount": line.amount} for line in due_for_release()}
        if self.is_dry_run:
            return {"due": due}
        return {"due": due, **asdict(release_due(by=self.actor, limit=self.limit or 10_000))}
