"""When a payout leaves and is there, by the calendar of its rail; pure."""

from __future__ import annotations

from datetime import datetime

from payouts.calendars import eta, eta_sent
from payouts.life.states import OVER, WITH_RAIL, PayoutState
from payouts.transparency.rules.facts import Facts
from payouts.transparency.types import Arrival

P = PayoutState


def arrival_of(facts: Facts, at: datetime) -> Arrival | None:
    """The date the creator is told; None once it is over. An estimate when it hangs on somebody's decision."""
    if facts.state in OVER:
        return None
    if facts.state in WITH_RAIL:
        sent = facts.sent_at or at
        expected = eta_sent(facts.rail, sent)
        if expected.arrives_by >= at:
            return Arrival(sent, expected.arrives_by, expected.why, facts.state is P.UNKNOWN)
        again = eta_sent(facts.rail, at)
        return Arrival(sent, again.arrives_by, again.why, is_estimate=True)
    if facts.state is P.PREPARED:
        now = eta_sent(facts.rail, at)
        return Arrival(at, now.arrives_by, now.why)
    held_until = facts.hold.ends_by if facts.hold else None
    leaves = max(filter(None, (at, facts.due_at, facts.leaves_at, held_until)))
    is_estimate = facts.is_held or facts.needs_people or facts.is_way_shut or facts.is_stuck
    return leaving(facts.rail, leaves, is_estimate=is_estimate)


def expected_of(facts: Facts) -> datetime | None:
    """When something that a rail has should be there."""
    if facts.state not in WITH_RAIL or facts.sent_at is None:
        return None
    return eta_sent(facts.rail, facts.sent_at).arrives_by


def soonest(facts: Facts, at: datetime, *, rail: str = "", usable_from: datetime | None = None) -> datetime:
    """When it would be there if nothing stopped it from now on, by its own rail or another."""
    leaves = max(filter(None, (at, facts.leaves_at, usable_from)))
    return eta(rail or facts.rail, leaves).arrives_by


def leaving(rail: str, at: datetime, *, is_estimate: bool = False) -> Arrival:
    """What leaves with the first run from this moment on."""
    found = eta(rail, at)
    return Arrival(found.sent_by, found.arrives_by, found.why, is_estimate)
