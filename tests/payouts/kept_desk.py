"""The same rail with its book in a file: what a killed or sleeping process told it stands there for those who ask."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from foundation import crash
from foundation.errors import Refusal
from foundation.money import Money
from payouts.life.services import release_due, repair_due, send_due
from processors.gateways.rails.base import rails
from processors.gateways.rails.types import RailOutcome, RailRequest
from tests.cast import HOUSE
from tests.payouts.scene import Desk, Standing, seams


class KeptDesk(Desk):
    def __init__(self, book: Path, seconds: float = 0) -> None:
        super().__init__()
        self.book, self.seconds = book, seconds

    def send(self, merchant, request: RailRequest) -> RailOutcome:  # type: ignore[no-untyped-def]
        if self.seconds:
            self.book.with_suffix(".calling").touch()
            time.sleep(self.seconds)
        with self.book.open("a") as book:
            book.write(f"{request.reference} {request.amount.minor} {request.amount.currency}\n")
        return self.pay(request)

    def status(self, merchant, reference, provider_ref, sent_at, request=None) -> RailOutcome:  # type: ignore[no-untyped-def]
        self.read()
        return super().status(merchant, reference, provider_ref, sent_at, request)

    def read(self) -> list[str]:
        """The references of every line of the book, taken in."""
        lines = self.book.read_text().splitlines() if self.book.exists() else []
        for line in lines:
            reference, minor, currency = line.split(" ")
            self.paid[reference] = Money(int(minor), currency)
        return [line.split(" ")[0] for line in lines]


def stand(book: str, seconds: float = 0) -> None:
    """This process's rail, and creators who stand well."""
    rails._entries["paxum"] = KeptDesk(Path(book), seconds)
    story = Standing()
    seams.measuring.fill(story.measure)
    seams.stopping.fill(story.stop)


VERBS = {
    "release": lambda: release_due(by=HOUSE, at_once=1),
    "send": lambda: send_due(rail="paxum", by=HOUSE, limit=1),
    "repair": lambda: repair_due(by=HOUSE, limit=1),
}


def die_at(book: str, *pairs: str) -> None:
    """One process for each `verb:point`, killed at that point."""
    stand(book)
    for pair in pairs:
        verb, point = pair.split(":")
        child = os.fork()
        if child == 0:
            crash._armed = frozenset([point])
            VERBS[verb]()
            os._exit(1)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL, pair


def work(book: str, seconds: str = "0") -> None:
    """A worker: releases and sends until nothing is due; what it refuses itself is the end of it."""
    stand(book, float(seconds))
    sys.stdin.readline()
    try:
        released, sent = release_due(by=HOUSE, at_once=20).released, send_due(rail="paxum", by=HOUSE).sent
        sys.stdout.write(f"{released} {sent}\n")
    except Refusal as refused:
        sys.stdout.write(f"{refused.code}\n")
