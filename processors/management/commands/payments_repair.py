from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser

from foundation.commands import Exit, FanzCommand
from processors.payments.selectors import count_unknown
from processors.payments.services import repair_due, repair_payment, send_due


class Command(FanzCommand):
    help = "Ask providers about payments and refunds whose outcome is not known; ends with 6 while some stay unknown."
    takes_limit = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--payment", type=UUID, help="Ask about this one, whether it is due or not.")

    def run(self, **options: Any) -> dict[str, Any]:
        if options["payment"]:
            view = repair_payment(payment_id=options["payment"], by=self.actor)
            answer: dict[str, Any] = {"payment": view.id, "state": view.state}
        else:
            try:
                sent = send_due(by=self.actor)
            finally:  # what may not leave keeps nobody from asking
                round_of = repair_due(by=self.actor, limit=self.limit or 100)
            answer = {"sent": sent, **asdict(round_of)}
        unknown = count_unknown()
        self.exit_code = Exit.FINDINGS if unknown else Exit.OK
        return {**answer, "unknown": unknown}
