"""Killed at a point while charging or giving back.

`python -m fanzmoney.trials.payment_faults.deaths BOOK verb:point=id …`, one process for each; what it had done stands
in the provider's book and in Postgres.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from uuid import UUID

import django

CHARGING = (
    "payments.before_sent", "payments.sent", "payments.answered", "payments.noted", "payments.booked",
    "payments.before_final", "payments.final",
)  # fmt: skip
GIVING_BACK = ("refunds.before_sent", "refunds.sent", "refunds.answered", "refunds.booked", "refunds.before_final")


def main() -> int:
    django.setup()
    from fanzmoney.trials.payment_faults.provider import NAME, TrialProvider
    from foundation import crash
    from foundation.actors import system
    from processors.gateways.base import gateways
    from processors.payments.services import send_attempt, send_refund

    by = system("battery")
    gateways.add(NAME, TrialProvider(Path(sys.argv[1])))
    survivors = []
    for deed in sys.argv[2:]:
        said, id = deed.split("=")
        verb, point = said.split(":")
        child = os.fork()
        if child == 0:
            crash._armed = frozenset([point])
            if verb == "charge":
                send_attempt(attempt_id=UUID(id), by=by)
            else:
                send_refund(refund_id=UUID(id), by=by)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            survivors.append(deed)
    sys.stdout.write(" ".join(survivors))
    return 0


if __name__ == "__main__":
    sys.exit(main())
