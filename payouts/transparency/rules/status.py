"""One table from what a payout is to one of the creator's four; the worst of what holds for it is shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from payouts.freezes.states import FreezeType
from payouts.life.states import OVER, OVERALL, WITH_RAIL, WITH_US, CreatorStatus, EscrowStatus, PayoutState
from payouts.transparency.rules.facts import Facts

N, D, F, R = CreatorStatus.NORMAL, CreatorStatus.DELAYED, CreatorStatus.FROZEN, CreatorStatus.UNDER_REVIEW
P = PayoutState


class Sign(StrEnum):
    """What may hold for a payout besides its state."""

    HELD = "a freeze covers it"
    DISPUTED = "its escrow says that a dispute touches money inside"
    PEOPLE = "its hours are over and a second person has not agreed"
    LONGER = "its hours were made longer"
    WAY_SHUT = "nothing is handed to its rail for the moment"
    LATE = "it should have left or arrived"


# Checks have no column: one that stops money writes a freeze, and what is only noted is not shown.
_WAITS = {Sign.HELD: F, Sign.DISPUTED: R, Sign.PEOPLE: R, Sign.LONGER: D, Sign.WAY_SHUT: D, Sign.LATE: D}
_LEAVES = {Sign.HELD: F, Sign.WAY_SHUT: D, Sign.LATE: D}
TABLE: Final[Mapping[PayoutState, tuple[CreatorStatus, Mapping[Sign, CreatorStatus]]]] = {
    # state: (by itself, with a sign)
    P.REQUESTED: (N, {Sign.HELD: F}),
    P.SCREENED: (N, {Sign.HELD: F}),
    P.IN_ESCROW: (N, _WAITS),
    P.FROZEN: (F, {}),
    P.APPROVED: (N, _LEAVES),
    P.QUEUED: (N, _LEAVES),
    P.PREPARED: (N, _LEAVES),
    P.SENT: (N, {Sign.LATE: D}),
    P.PROCESSING: (N, {Sign.LATE: D}),
    P.UNKNOWN: (D, {}),
    P.PAID: (N, {}),
    P.RETURNED: (D, {}),
    P.FAILED: (D, {}),
    P.CANCELLED: (N, {}),
}
OF_FREEZE: Final[Mapping[FreezeType, CreatorStatus]] = {
    FreezeType.PAYOUT: F,
    FreezeType.ACCOUNT: F,
    FreezeType.WALLET_SEGMENT: D,
    FreezeType.REVENUE_SOURCE: D,
}
"""What a freeze makes of the whole: where only a part of the money waits, the rest goes on and is told as late."""
RELEASED_WITHIN, HANDED_OVER_WITHIN = timedelta(minutes=15), timedelta(hours=2)
"""A payout that stands still for so much longer than it should is late."""


def signs_of(facts: Facts, *, expected_at: datetime | None, at: datetime) -> frozenset[Sign]:
    """What holds for a payout; `expected_at` is when one that a rail has should be there."""
    is_due = facts.due_at is not None and facts.due_at <= at
    over_by = at - (facts.leaves_at or at)
    waits = facts.state is P.IN_ESCROW
    found = {
        Sign.HELD: facts.is_held and facts.state in WITH_US,
        Sign.DISPUTED: facts.escrow is EscrowStatus.DISPUTED,
        Sign.PEOPLE: waits and facts.needs_people and over_by >= timedelta(0),
        Sign.LONGER: waits and (facts.is_extended or facts.is_warned),
        Sign.WAY_SHUT: facts.is_way_shut and (is_due or facts.state in (P.APPROVED, P.QUEUED, P.PREPARED)),
        Sign.LATE: _is_late(facts, over_by, expected_at, at),
    }
    return frozenset(sign for sign, holds in found.items() if holds)


def status_of(state: PayoutState, signs: Collection[Sign]) -> CreatorStatus:
    """What the creator sees of a payout."""
    by_itself, with_sign = TABLE[state]
    return worst([by_itself, *(with_sign[sign] for sign in signs if sign in with_sign)])


def overall(payouts: Iterable[CreatorStatus], freezes: Iterable[FreezeType]) -> CreatorStatus:
    """What the creator sees of everything: FROZEN before UNDER_REVIEW before DELAYED before NORMAL."""
    return worst([N, *payouts, *(OF_FREEZE[one] for one in freezes)])


def worst(statuses: Collection[CreatorStatus]) -> CreatorStatus:
    return next(status for status in OVERALL if status in statuses)


def _is_late(facts: Facts, over_by: timedelta, expected_at: datetime | None, at: datetime) -> bool:
    if facts.state in OVER:
        return False
    if facts.state in WITH_RAIL:
        return expected_at is not None and expected_at < at
    if facts.state is P.IN_ESCROW:
        return not facts.needs_people and over_by > RELEASED_WITHIN
    is_again = facts.is_sent_again and facts.state is P.QUEUED
    return is_again or facts.is_stuck or (facts.due_at is not None and at - facts.due_at > HANDED_OVER_WITHIN)
