"""A web process that dies where it is told and is back at once, because all of it is imported beforehand.

`python -m fanzmoney.trials.payment_faults.web PORT` reads `start [POINT]` and answers with the process's number, or
`wait` and answers how it ended.
"""

from __future__ import annotations

import os
import signal
import sys

from fanzmoney.launcher.children import die_with_parent
from fanzmoney.together import _become, _import_everything, serve


def main() -> int:
    here = ["--port", sys.argv[1], "--saying", "0"]
    _import_everything()
    running = 0
    for line in sys.stdin:
        verb, _, point = line.strip().partition(" ")
        if verb == "wait":
            _, status = os.waitpid(running, 0)
            running = 0
            _say(os.waitstatus_to_exitcode(status))
        else:
            running = _fork(here, point)
            _say(running)
    if running:
        os.kill(running, signal.SIGKILL)
    return 0


def _fork(arguments: list[str], point: str) -> int:
    follow = die_with_parent(signal.SIGKILL)
    if pid := os.fork():
        return pid
    follow()
    from foundation import crash

    crash._armed = frozenset([point] if point else ())
    os.dup2(2, 1)  # what the server says does not answer for us
    _become(serve, arguments)


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
