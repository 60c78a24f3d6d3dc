"""The same provider with its book in a file: what a killed process had charged stands there for those who ask."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from foundation import crash
from foundation.money import Money
from processors.gateways.base import gateways
from processors.gateways.types import ChargeRequest, Outcome, Ref, RefundRequest
from processors.payments.services import repair_payment, send_attempt, send_refund
from tests.cast import HOUSE
from tests.processors.payments.till import PROVIDER, Till


class KeptTill(Till):
    def __init__(self, book: Path) -> None:
        super().__init__()
        self.book = book

    def charge(self, merchant, request: ChargeRequest) -> Outcome:  # type: ignore[no-untyped-def]
        self._write("charged", request.reference, request.amount)
        return super().charge(merchant, request)

    def refund(self, merchant, request: RefundRequest) -> Outcome:  # type: ignore[no-untyped-def]
        self._write("refunded", request.reference, request.amount)
        return super().refund(merchant, request)

    def charge_status(self, merchant, charge: Ref) -> Outcome:  # type: ignore[no-untyped-def]
        self.read()
        return super().charge_status(merchant, charge)

    def refund_status(self, merchant, refund: Ref, charge: Ref) -> Outcome:  # type: ignore[no-untyped-def]
        self.read()
        return super().refund_status(merchant, refund, charge)

    def read(self) -> list[str]:
        """Every line of the book, taken in."""
        lines = self.book.read_text().splitlines() if self.book.exists() else []
        for line in lines:
            what, reference, minor, currency = line.split(" ")
            getattr(self, what)[reference] = Money(int(minor), currency)
        return lines

    def _write(self, what: str, reference: str, amount: Money) -> None:
        with self.book.open("a") as book:
            book.write(f"{what} {reference} {amount.minor} {amount.currency}\n")


def die_at(book: str, *pairs: str) -> None:
    """One process for each `verb:point=id`, killed at that point."""
    gateways.add(PROVIDER, KeptTill(Path(book)))
    verbs = {
        "charge": lambda id: send_attempt(attempt_id=id, by=HOUSE),
        "refund": lambda id: send_refund(refund_id=id, by=HOUSE),
        "repair": lambda id: repair_payment(payment_id=id, by=HOUSE),
    }
    for pair in pairs:
        deed, id = pair.split("=")
        verb, point = deed.split(":")
        child = os.fork()
        if child == 0:
            crash._armed = frozenset([point])
            verbs[verb](id)
            os._exit(1)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL, pair
