"""What the runner turns, what comes round, what may be stopped, and what can be seen of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import foundation.hooks.finding  # noqa: F401  joins what can be found
from foundation import clock
from foundation.hooks.breaking import BROKEN
from foundation.hooks.forgetting import forget_old_messages
from foundation.hooks.selectors import count_broken, count_given_up, sending_lag
from foundation.hooks.sending import free_expired_leases
from foundation.hooks.worker import SEND, Sending
from foundation.identity.roles import Role
from foundation.inbox.runner import WHEELS
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from foundation.notifications.catalogue import declare_notice, declare_topic
from foundation.notifications.states import Level
from foundation.switches.registry import declare_switch
from foundation.switches.states import Kind
from foundation.switches.types import Figure
from foundation.watch import Complaint, Gauge, probes, readings

LATE_SECONDS = 60

WHEELS.add("hooks", Sending)
declare_topic("webhooks", "Webhooks of my platform", outside={Role.DEVELOPER})
declare_notice(
    BROKEN,
    topic="webhooks",
    level=Level.ACTION_REQUIRED,
    title="Webhooks to {endpoint} stopped",
    body="{why} Everything it should have got waits for 30 days. Mend the receiver, then turn the endpoint on again.",
    path="/developers/webhooks/{endpoint_id}",
)


def _preview() -> list[Figure]:
    return [Figure("Webhooks that are due now", str(sending_lag()[0]))]


declare_switch(
    SEND,
    Kind.KILL,
    title="Webhooks to platforms",
    consequence="No platform is told anything by webhook; messages wait and leave when it runs again.",
    scope="all platforms",
    fails="closed",
    preview=_preview,
)


@periodic("hooks.sweep", every=timedelta(seconds=10), catches_up=False)
def sweep(_: Period) -> dict[str, int]:
    """Take back what dead runners held."""
    return {"freed": free_expired_leases()}


@periodic(
    "hooks.forget", every=timedelta(days=1), catches_up=False, in_one_transaction=False, lease=timedelta(minutes=10)
)
def forget(_: Period) -> int:
    return forget_old_messages(at=clock.now())


@readings.entry("hooks")
def gauges() -> Iterator[Gauge]:
    count, age = sending_lag()
    yield Gauge("fanz_hooks_due", "Outgoing webhooks that are due for receivers that work.", count)
    yield Gauge("fanz_hooks_lag_seconds", "Age of the oldest of them.", age)
    yield Gauge("fanz_hooks_given_up", "Outgoing webhooks that were given up.", count_given_up())
    yield Gauge("fanz_hook_endpoints_broken", "Endpoints we turned off.", count_broken())


@probes.entry("hooks")
def hooks_are_sent() -> Iterator[Complaint]:
    count, age = sending_lag()
    if age > LATE_SECONDS:
        yield Complaint(
            f"{count} webhooks to platforms are due, the oldest for {age:.0f} s.",
            "See that `manage.py runner` runs and that the switch hooks.send is on; nothing is lost meanwhile.",
        )
