"""Posts at random and writes down what was acknowledged: `python -m fanzmoney.trials.ledger_worker FILE SEED`."""

import json
import os
import random
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import django

PATIENCE_SECONDS = 30


def main() -> int:
    django.setup()
    from django.db import InterfaceError, OperationalError, connection

    from foundation import clock
    from foundation.errors import Refusal
    from foundation.ids import uuid7
    from foundation.money import Money
    from ledger import services
    from ledger.types import Posting

    file = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    chance = random.Random(sys.argv[2])  # noqa: S311
    accounts = json.loads(sys.stdin.readline())
    people, hot, world = accounts["people"], accounts["hot"], accounts["world"]

    def acknowledge(what: str, **facts: Any) -> None:
        os.write(file, (json.dumps({"what": what, **facts}, default=str) + "\n").encode())

    def surely(function: Callable[[], Any]) -> Any:
        """Repeat with the same ids until there is an answer: yes, or a refusal."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return function()
            except Refusal:
                return None
            except (OperationalError, InterfaceError):
                if time.monotonic() > ends:
                    raise
                connection.close()
                time.sleep(0.05)

    def posting(**more: Any) -> Posting:
        debit, credit = chance.sample([*chance.sample(people, 4), hot, world], 2)
        amount = chance.randint(1, 500)
        return Posting(uuid7(), debit, credit, Money(amount, "USD"), "hammer", **more)

    def one() -> None:
        given = posting()
        if surely(lambda: services.post(given)):
            acknowledge("posted", ids=[given.id])

    def many() -> None:
        journal = uuid7()
        given = [posting(journal_id=journal) for _ in range(chance.randint(2, 12))]
        if surely(lambda: services.post_many(given)):
            acknowledge("posted", ids=[p.id for p in given])

    def back() -> None:
        given = posting()
        if surely(lambda: services.post(given)):
            acknowledge("posted", ids=[given.id])
            id: UUID = uuid7()
            if surely(lambda: services.reverse(given.id, id=id)):
                acknowledge("posted", ids=[id])

    def reserve() -> None:
        hold, account = uuid7(), chance.choice(people)
        until = clock.now() + timedelta(seconds=chance.choice((1, 600)))
        amount = Money(chance.randint(1, 300), "USD")
        if surely(lambda: services.place_hold(id=hold, account_id=account, amount=amount, expires_at=until)):
            acknowledge("held", ids=[hold])
            part = Posting(uuid7(), account, hot, Money(chance.randint(1, 300), "USD"), "hammer")
            if chance.random() < 0.5:
                if surely(lambda: services.capture_hold(hold_id=hold, posting=part)):
                    acknowledge("posted", ids=[part.id])
            elif chance.random() < 0.5:
                surely(lambda: services.void_hold(hold))

    def sweep() -> None:
        surely(services.expire_holds)

    while True:
        chance.choices((one, many, back, reserve, sweep), weights=(50, 20, 10, 18, 2))[0]()


if __name__ == "__main__":
    sys.exit(main())
