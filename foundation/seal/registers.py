"""What can be seen of the seals from outside."""

from collections.abc import Iterator

from foundation.seal.selectors import chain_state
from foundation.seal.sources import scalar, sources
from foundation.watch import Complaint, Gauge, probes, readings

LATE_SECONDS, ROOTS_LATE_HOURS = 60, 2


@readings.entry("seal")
def gauges() -> Iterator[Gauge]:
    for name in sources:
        state, labels = chain_state(name), {"source": name}
        age = float(scalar("SELECT extract(epoch FROM clock_timestamp() - %s)", [state.sealed_at]) or 0)
        yield Gauge("fanz_chain_head_age_seconds", "Since the last block was sealed.", age, labels)
        yield Gauge("fanz_chain_lag_seconds", "How long the oldest unsealed row waits.", state.lag_seconds, labels)
        yield Gauge("fanz_chain_sealed_blocks", "Blocks in the chain.", state.sealed_to, labels)
        yield Gauge("fanz_chain_findings", "What the last verification found.", state.findings, labels)


@probes.entry("seal")
def chain_is_sound() -> Iterator[Complaint]:
    for name in sources:
        state = chain_state(name)
        if state.lag_seconds > LATE_SECONDS:
            yield Complaint(
                f"The oldest unsealed row of {name} waits {state.lag_seconds:.0f} s.",
                "See that `manage.py runner` runs and that no transaction stays open (pg_stat_activity).",
            )
        if not state.is_sound:
            yield Complaint(
                f"The last verification of {name} found {state.findings} things that should not be so.",
                "Run `manage.py audit_verify`, keep the database as it is, and open an incident.",
            )
        late = state.sealed_to and scalar(
            "SELECT %s::timestamptz IS NULL OR clock_timestamp() - %s::timestamptz > make_interval(hours => %s)",
            [state.last_root_at, state.last_root_at, ROOTS_LATE_HOURS],
        )
        if late:
            yield Complaint(
                f"No root of {name} was written outside the database for {ROOTS_LATE_HOURS} hours.",
                "See that the runner may write to the folder `seals` of the state directory.",
                is_warning=True,
            )
