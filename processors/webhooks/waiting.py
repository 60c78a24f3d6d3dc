"""Whether there is anything to do: one short question for all who look, however many they are."""

from __future__ import annotations

import threading
import time
from typing import NamedTuple

from foundation import prepared

SECONDS = 0.1
_WAITING = """
WITH now AS MATERIALIZED (SELECT fanz_now() AS at)
SELECT
    EXISTS (SELECT FROM webhook_call, now WHERE state = 'RECEIVED' AND (claimed_until IS NULL OR claimed_until <= at)),
    EXISTS (SELECT FROM provider_told, now WHERE state IN ('DUE', 'PARKED') AND NOT is_to_ask AND due_at <= at
            AND (claimed_until IS NULL OR claimed_until <= at)),
    EXISTS (SELECT FROM provider_told, now WHERE state IN ('DUE', 'PARKED') AND is_to_ask AND due_at <= at
            AND (claimed_until IS NULL OR claimed_until <= at))
"""


class Waiting(NamedTuple):
    calls: bool
    told: bool
    to_ask: bool


_looking = threading.Lock()
_looked_at, _seen = float("-inf"), Waiting(False, False, False)


def look() -> Waiting:
    """What waits to be read, applied and asked about, as of a tenth of a second ago at most."""
    global _looked_at, _seen
    with _looking:
        if time.monotonic() - _looked_at > SECONDS:
            _seen = Waiting(*prepared.run(_WAITING)[0])
            _looked_at = time.monotonic()
        return _seen


def forget() -> None:
    """Something was done, and may have left more to do."""
    global _looked_at
    _looked_at = float("-inf")
