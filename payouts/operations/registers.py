from datetime import timedelta

from foundation import clock
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from foundation.notifications.catalogue import declare_notice
from foundation.notifications.states import Level
from payouts.life import registers
from payouts.operations.alarming import tell_alarming

assert registers  # declares the topic

declare_notice(
    "payouts.figure_alarm",
    topic="payouts",
    level=Level.ACTION_REQUIRED,
    title="{label}: {value}",
    body="The target is {target}; these are {counted} of the last 30 days. Look at what was stopped and let go.",
    path="/ops/payouts/figures",
)


@periodic("payouts.figures", every=timedelta(hours=1), catches_up=False)
def watch_figures(_: Period) -> dict[str, int]:
    """Call people when payouts are stopped wrongly too often."""
    return {"alarms": tell_alarming(at=clock.now())}
