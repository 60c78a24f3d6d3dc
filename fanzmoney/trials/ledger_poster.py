"""Posts through the services as fast as it can: `python -m fanzmoney.trials.ledger_poster FIRST SECONDS`."""

import random
import sys
import time

import django


def main() -> int:
    django.setup()
    from foundation.ids import uuid7
    from foundation.money import Money
    from ledger.services import post
    from ledger.types import Posting

    first, seconds = int(sys.argv[1]), float(sys.argv[2])

    def once() -> None:
        debit, credit = random.sample(range(first, first + 1_000), 2)
        post(Posting(uuid7(), debit, credit, Money(1, "USD"), "sale"))

    for _ in range(20):
        once()
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    began, count = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        once()
        count += 1
    print(count, flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
