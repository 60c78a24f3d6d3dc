"""Processes that die in the middle: `python -c` runs `die_at` beside the test, on the same database."""

from __future__ import annotations

import os
import signal

from foundation import crash
from processors.gateways.base import gateways
from processors.webhooks.applying import apply_due
from processors.webhooks.reading import read_calls
from tests.cast import HOUSE
from tests.processors.payments.till import PROVIDER
from tests.processors.webhooks.teller import Teller


def die_at(point: str) -> None:
    gateways.add(PROVIDER, Teller())
    child = os.fork()
    if child == 0:
        crash._armed = frozenset([point])
        read_calls()
        apply_due(by=HOUSE)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL, point
