"""What an amount asks for as things stand: the bounds in force, and what other currencies are worth in theirs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from math import ceil
from uuid import UUID

from foundation.approvals.models import AmountBound, Approval
from foundation.approvals.registry import approvable_for
from foundation.approvals.rules.amount_rules import AmountRule, Demand, Worth, demanded, has_grown, in_force, stricter
from foundation.approvals.states import OPEN
from foundation.approvals.types import Standing
from foundation.errors import Refusal
from foundation.identity.models import User
from foundation.money import EXPONENTS, Money
from foundation.registry import Registry
from foundation.rows import find_all

Rates = Callable[[str, str, datetime], Fraction | None]
rates: Registry[Rates] = Registry("source of rates")
"""Rooms that store rates: how many units of the second currency one unit of the first is at a moment, or None."""


def scale_at(at: datetime) -> Worth:
    """What amounts are worth at a moment, rounded up, by the source that says most: a doubt asks for more people."""

    @functools.cache
    def rate(currency: str, other: str) -> Fraction | None:
        known = [found for source in rates.values() if (found := source(currency, other, at))]
        return max(known, default=None)

    def worth(amount: Money, currency: str) -> Money | None:
        found = rate(amount.currency, currency)
        if found is None:
            return None
        return Money(ceil(amount.minor * found * Fraction(10) ** (EXPONENTS[currency] - amount.exponent)), currency)

    return worth


def all_bounds(kind: str = "") -> list[AmountRule]:
    """Every version of every bound, or of those of one kind, newest first."""
    rows = find_all(AmountBound, "kind = %s OR %s = '' ORDER BY version DESC", kind, kind)
    return [row.as_rule() for row in rows]


def demand_of(kind: str, amount: Money | None, *, least: int, at: datetime) -> Demand:
    """What an amount of a kind asks for; `least` people in any case."""
    return demanded(in_force(all_bounds(kind), kind, at), amount, least=least, worth=scale_at(at))


def as_asked(approval: Approval | Standing) -> Demand:
    return Demand(
        approval.approvers_needed, frozenset(approval.deciding_roles), approval.amount_bound_id, approval.amount_why
    )


def demand_now(approval: Approval, *, at: datetime) -> Demand:
    """What a request takes: as it was asked, or more where a bound that came since, or its amount by now, says so."""
    held = in_force(all_bounds(approval.kind), approval.kind, at)
    return _stricter(approval, amount_now(approval), held, scale_at(at))


def demands_of(approvals: Iterable[Approval | Standing], *, at: datetime) -> dict[UUID, Demand]:
    """The same for many in a list, by the amounts they were asked with; what is settled stays as it was."""
    bounds, worth = all_bounds(), scale_at(at)
    held = {kind: in_force(bounds, kind, at) for kind in {bound.kind for bound in bounds}}
    return {
        approval.pk: _stricter(approval, approval.amount, held.get(approval.kind, ()), worth)
        if approval.state in OPEN
        else as_asked(approval)
        for approval in approvals
    }


def _stricter(approval: Approval | Standing, amount: Money | None, held: Sequence[AmountRule], worth: Worth) -> Demand:
    asked = demanded(held, approval.amount, least=approval.approvers_needed, worth=worth)
    demand = stricter(as_asked(approval), asked)
    if not has_grown(approval.amount, amount, worth):
        return demand
    grown = demanded(held, amount, least=approval.approvers_needed, worth=worth)
    return stricter(demand, grown, grew=grown.roles != asked.roles)


def holders_of(roles: Iterable[str]) -> set[str]:
    """The references of everybody who holds one of these roles."""
    held = User.objects.filter(role_grants__ended_at=None, role_grants__role__in=list(roles), is_active=True)
    return {f"user:{pk}" for pk in held.values_list("pk", flat=True)}


def amount_now(approval: Approval) -> Money | None:
    """The amount its change is about by now; what cannot be described any more keeps the one it was asked with."""
    try:
        return approvable_for(approval.kind).describe(approval.payload).amount
    except Refusal:
        return approval.amount
