"""What the runner turns besides the news, and what can be seen of the news from outside."""

import logging
from collections.abc import Iterator
from datetime import timedelta

from foundation.events.listening import groups
from foundation.events.transport import TransportDown
from foundation.inbox.letters import reopen_forged
from foundation.inbox.runner import WHEELS
from foundation.inbox.selectors import acknowledged_unapplied, count_letters, inbox_lag, outbox_lag
from foundation.inbox.states import LetterState
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from foundation.jobs.selectors import heartbeats
from foundation.seal.services import Sealer
from foundation.watch import Complaint, Gauge, probes, readings

logger = logging.getLogger(__name__)

LATE_SECONDS, SILENT_SECONDS = 30, 60
RUNNER = "runner: "

WHEELS.add("sealer", Sealer)


@readings.entry("news")
def gauges() -> Iterator[Gauge]:
    for stream, (count, age) in outbox_lag().items():
        labels = {"stream": stream}
        yield Gauge("fanz_outbox_waiting", "News the relay has not placed yet.", count, labels)
        yield Gauge("fanz_outbox_lag_seconds", "Age of the oldest of them.", age, labels)
    for (stream, group), behind in inbox_lag().items():
        labels = {"stream": stream, "group": group}
        yield Gauge("fanz_inbox_behind", "News said and not yet applied by a group.", behind, labels)
    for (group, state), count in count_letters().items():
        yield Gauge("fanz_letters", "News set aside.", count, {"group": group, "state": state})


@periodic("inbox.account", every=timedelta(minutes=5), catches_up=False, in_one_transaction=False)
def account_for_news(_: Period) -> dict[str, int]:
    """Hold what the transport calls done against what Postgres knows: who writes to Redis can forge only the one."""
    try:
        return {group: reopen_forged(group, acknowledged_unapplied(group)) for group in groups()}
    except TransportDown as error:
        logger.info("nobody says what is done: %s", type(error).__name__)
        return {}


@probes.entry("outbox")
def news_flow() -> Iterator[Complaint]:
    for stream, (count, age) in outbox_lag().items():
        if age > LATE_SECONDS:
            yield Complaint(
                f"{count} news of {stream} wait, the oldest for {age:.0f} s.",
                "See that `manage.py runner` runs and Redis answers; nothing is lost meanwhile.",
            )


@probes.entry("letters")
def no_letter_is_parked() -> Iterator[Complaint]:
    for (group, state), count in count_letters().items():
        if state == LetterState.PARKED:
            yield Complaint(
                f"{count} news are parked for {group} after five tries.",
                "Read their errors in the back office, mend the cause, then `manage.py events_replay --parked`.",
            )


@probes.entry("runner")
def runner_turns() -> Iterator[Complaint]:
    parts = {name.removeprefix(RUNNER): age for name, age in heartbeats().items() if name.startswith(RUNNER)}
    if not parts:
        yield Complaint("No runner has ever turned.", "Start `manage.py runner`.")
    silent = [part for part, age in parts.items() if age > SILENT_SECONDS]
    if silent:
        yield Complaint(f"Parts of the runner stand still: {', '.join(silent)}.", "Restart `manage.py runner`.")
