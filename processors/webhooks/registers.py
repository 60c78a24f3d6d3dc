"""What the runner turns, what comes round, and what can be seen of the calls of providers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from foundation.inbox.runner import WHEELS
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from foundation.notifications.catalogue import declare_notice
from foundation.notifications.states import Level
from foundation.watch import Complaint, Gauge, probes, readings
from processors.webhooks.applying import apply_due, ask_due
from processors.webhooks.desk import count_told, waiting_calls
from processors.webhooks.reading import read_calls
from processors.webhooks.states import ToldState
from processors.webhooks.worker import WORKER, Applying, Asking

LATE_SECONDS, APPLIERS, ASKERS = 30, 2, 3

for _number in range(1, APPLIERS + 1):
    WHEELS.add(f"webhooks {_number}", Applying)
for _number in range(1, ASKERS + 1):
    WHEELS.add(f"webhooks asking {_number}", Asking)

declare_notice(
    "webhook.given_up",
    topic="operations",
    level=Level.ACTION_REQUIRED,
    title="What {provider} told could not be applied",
    body="It told of “{kind}”, it was tried often enough, and the last try said: {why}. When the cause is gone, try it "
    "again.",
    path="/ops/webhooks",
)


@periodic(
    "webhooks.sweep", every=timedelta(seconds=15), catches_up=False, in_one_transaction=False,
    lease=timedelta(minutes=3),
)  # fmt: skip
def sweep(_: Period) -> dict[str, int]:
    """Where no runner turns, calls are read and applied all the same."""
    return {"read": read_calls(), "applied": apply_due(by=WORKER), "asked": ask_due(by=WORKER)}


@readings.entry("webhooks")
def gauges() -> Iterator[Gauge]:
    count, age = waiting_calls()
    yield Gauge("fanz_webhook_calls_waiting", "Calls of providers nobody looked at yet.", count)
    yield Gauge("fanz_webhook_calls_lag_seconds", "Age of the oldest of them.", age)
    for state, many in count_told().items():
        yield Gauge("fanz_webhook_told", "Things told that wait, are parked or were given up.", many, {"state": state})


@probes.entry("webhooks")
def calls_are_read() -> Iterator[Complaint]:
    count, age = waiting_calls()
    if age > LATE_SECONDS:
        yield Complaint(
            f"{count} calls of providers wait, the oldest for {age:.0f} s.",
            "See that `manage.py runner` runs; nothing is lost meanwhile.",
        )
    if given_up := count_told()[ToldState.DEAD]:
        yield Complaint(
            f"{given_up} things providers told could not be applied.",
            "Read why on /ops/webhooks, mend the cause, then `manage.py webhooks_replay --given-up`.",
            is_warning=True,
        )
