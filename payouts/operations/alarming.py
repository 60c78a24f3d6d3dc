"""Calling people when a figure of payouts is worse than may be."""

from __future__ import annotations

from datetime import datetime

from foundation.identity.roles import Role
from foundation.identity.selectors import people_with
from foundation.notifications.services import notify
from payouts.operations.figures import figures


def tell_alarming(*, at: datetime) -> int:
    """Tell finance, compliance and executives of each figure that raises the alarm, once a day; returns how many."""
    found = figures().alarming
    for one in found:
        notify(
            recipients=people_with(Role.FINANCE, Role.COMPLIANCE, Role.EXECUTIVE),
            notice="payouts.figure_alarm",
            dedupe=f"payouts.figure:{one.name}:{at:%Y-%m-%d}",
            facts={"label": one.label, "value": one.value, "target": one.target, "counted": one.counted},
            at=at,
        )
    return len(found)
