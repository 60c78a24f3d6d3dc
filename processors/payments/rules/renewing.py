"""When a subscription that could not be charged is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

from processors.gateways.types import DeclineClass

# Insufficient funds: within the days in which people are paid.
TRIED_AGAIN_AFTER = (timedelta(days=1), timedelta(days=3), timedelta(days=4))
HOPELESS = frozenset({DeclineClass.HARD, DeclineClass.RISK})


def next_try(failures: int, decline_class: DeclineClass | None, at: datetime) -> datetime | None:
    """When to charge again after this many failures; None when nothing can help and the subscription ends."""
    if decline_class in HOPELESS or failures > len(TRIED_AGAIN_AFTER):
        return None
    return at + TRIED_AGAIN_AFTER[failures - 1]
