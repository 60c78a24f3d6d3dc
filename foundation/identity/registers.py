from collections.abc import Iterator
from datetime import timedelta

import psycopg
from psycopg_pool import PoolTimeout

import foundation.identity.faults
import foundation.identity.finding
import foundation.identity.token_faults  # noqa: F401  joins the batteries
from foundation import clock
from foundation.commands import identify_people_with
from foundation.identity import keys
from foundation.identity.login.guards import forget_old_tries
from foundation.identity.login.handoffs import forget_old_handoffs
from foundation.identity.login.passkeys import forget_unanswered
from foundation.identity.operators import person_at_the_command_line
from foundation.identity.sessions import end_aged_sessions
from foundation.identity.sweeping import sweep_orphan_keys
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from foundation.watch import Complaint, probes

identify_people_with(person_at_the_command_line)


@periodic("identity.sessions", every=timedelta(minutes=1), catches_up=False)
def end_sessions_nobody_came_back_to(period: Period) -> int:
    return end_aged_sessions(at=clock.now())


@periodic("identity.tries", every=timedelta(hours=1), catches_up=False)
def forget_tries_of_yesterday(period: Period) -> int:
    return forget_old_tries() + forget_old_handoffs() + forget_unanswered()


@periodic("identity.keys", every=timedelta(days=1), catches_up=False, in_one_transaction=False)
def destroy_keys_nobody_came_to_need(period: Period) -> int:
    return sweep_orphan_keys()


@probes.entry("keys")
def keys_can_be_read() -> Iterator[Complaint]:
    try:
        keys.settled_keys(0)
    except (psycopg.Error, PoolTimeout) as error:
        yield Complaint(
            f"The keys' database does not answer ({type(error).__name__}).",
            "Mend KEYS_DATABASE_URL or the server; personal data cannot be read until then.",
        )
