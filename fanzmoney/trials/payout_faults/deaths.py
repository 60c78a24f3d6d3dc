"""A worker that releases or sends and is killed at a point, or runs until it is told no more.

`python -m fanzmoney.trials.payout_faults.deaths verb:point …`: one process for each; what it had done stands in the
rail's book and in Postgres. `… work` sends what is due once a line was read.
"""

from __future__ import annotations

import os
import signal
import sys

import django

RELEASING = ("payouts.due_held", "payouts.before_released")
SENDING = (
    "payouts.queue_held", "payouts.before_claimed", "payouts.claimed", "payouts.before_sent", "payouts.sent",
    "payouts.answered", "payouts.booked", "payouts.before_final", "payouts.final",
)  # fmt: skip


def main() -> int:
    django.setup()
    from fanzmoney.trials.payout_faults.scene import BATTERY, RAIL
    from foundation import crash
    from foundation.errors import Refusal
    from payouts.life.services import release_due, send_due

    if sys.argv[1:] == ["work"]:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        try:
            sys.stdout.write(f"{send_due(rail=RAIL, by=BATTERY).sent}\n")
        except Refusal as refused:
            sys.stdout.write(f"{refused.code}\n")
        return 0
    survivors = []
    for deed in sys.argv[1:]:
        verb, point = deed.split(":")
        child = os.fork()
        if child == 0:
            crash._armed = frozenset([point])
            if verb == "release":
                release_due(by=BATTERY, at_once=1)
            else:
                send_due(rail=RAIL, by=BATTERY, limit=1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            survivors.append(deed)
    sys.stdout.write(" ".join(survivors))
    return 0


if __name__ == "__main__":
    sys.exit(main())
