"""Changing a bound for amounts: itself a change that two people agree to."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from foundation import clock
from foundation.approvals.models import AmountBound, Approval, ApprovalPolicy
from foundation.approvals.registry import approvable_for
from foundation.approvals.rules.amount_rules import in_force, in_words, who_in_words
from foundation.approvals.sides import people_behind
from foundation.approvals.types import Application, Description, Effect, Evidence, Payload
from foundation.audit.services import record
from foundation.errors import Conflict, Invalid
from foundation.identity.models import User
from foundation.identity.roles import Role
from foundation.money import EXPONENTS, LARGEST_IN_JSON, Money

KIND = "approval.amounts"
FIELDS = {"kind": str, "currency": str, "above_minor": int, "people": int, "roles": list, "active_from": str}
"""No roles: those of the kind. No people: the bound is lifted. No time: from the moment it is approved."""
MOST_PEOPLE = 5
# Beside those of the kind, who may be named for large amounts.
HIGHER = frozenset({Role.EXECUTIVE, Role.COMPLIANCE})


def describe(payload: Payload) -> Description:
    wish = wished(payload)
    rows = list(AmountBound.objects.filter(policy=payload["kind"]))
    held = in_force((row.as_rule() for row in rows), payload["kind"], clock.now())
    before = next((one for one in held if one.above == wish), None)
    waiting = Approval.objects.pending().filter(policy=payload["kind"], currency=payload["currency"])
    return Description(
        title=f"Amounts above {in_words(wish)}: {payload['kind']}",
        subject=("approvals.amountbound", payload["kind"]),
        effects=(
            Effect(
                "Takes",
                who_in_words(before.people, before.roles) if before else "as for every amount",
                who_in_words(payload["people"], payload["roles"]),
            ),
            Effect("From", "", payload["active_from"] or "the moment it is approved"),
        ),
        evidence=(
            Evidence("Bounds of this kind", "; ".join(in_words(one.above) for one in held) or "none"),
            Evidence("Requests that wait above it", str(waiting.filter(amount_minor__gt=wish.minor).count())),
            Evidence("People with these roles", str(_people_with(payload))),
        ),
    )


def recheck(payload: Payload) -> None:
    """Refuse what names no kind, amount or role there is, begins in the past, or could never be met."""
    policy = ApprovalPolicy.objects.filter(pk=payload["kind"]).first()
    if policy is None or policy.pk == KIND:
        raise Invalid("approvals.bad_bound", "There is no such kind of change that is about amounts.")
    if payload["people"] and not approvable_for(policy.pk).has_amount:
        raise Invalid("approvals.bad_bound", "Changes of this kind carry no amount: there is nothing to bound.")
    wished(payload)
    if not 0 <= payload["people"] <= MOST_PEOPLE:
        raise Invalid("approvals.bad_bound", f"It takes 1 to {MOST_PEOPLE} people, and 0 lifts the bound.")
    may = {*policy.deciding_roles, *HIGHER}
    named = [role for role in payload["roles"] if isinstance(role, str) and role in may]
    if named != payload["roles"] or len(set(named)) < len(named):
        raise Invalid("approvals.bad_bound", "Name roles that decide this kind, executives or compliance.")
    begins = _time(payload["active_from"])
    if begins and begins <= clock.now():
        raise Conflict("approvals.bound_in_the_past", "A bound begins now or later: what was decided stays decided.")
    # What the system asks for takes one person more than the kind, whatever the bound says.
    if payload["people"] and max(payload["people"], policy.approvers + 1) > _people_with(payload):
        raise Conflict("approvals.too_few_people", "Fewer people than that have these roles: nothing could be decided.")


def apply(payload: Payload, under: Application) -> None:
    row = AmountBound.objects.create(
        policy_id=payload["kind"], currency=payload["currency"], above_minor=payload["above_minor"],
        people=payload["people"], roles=sorted(payload["roles"]), active_from=_time(payload["active_from"]) or under.at,
        approval_id=under.approval_id,
    )  # fmt: skip
    record("approval.bound_changed", by=under.by, subject=row, reason=under.reason, **payload)


def wished(payload: Payload) -> Money:
    """The amount a request draws its line at."""
    if payload["currency"] not in EXPONENTS or not 0 <= payload["above_minor"] <= LARGEST_IN_JSON:
        raise Invalid("approvals.bad_bound", "A bound is an amount of zero or more in one of our currencies.")
    return Money(payload["above_minor"], payload["currency"])


def _people_with(payload: Payload) -> int:
    policy = ApprovalPolicy.objects.filter(pk=payload["kind"]).first()
    roles = payload["roles"] or (policy.deciding_roles if policy else [])
    in_force_now = Q(role_grants__ended_at=None, role_grants__role__in=roles)
    accounts = User.objects.filter(in_force_now, is_active=True).values_list("pk", "party_id").distinct()
    people = people_behind(party for _, party in accounts)
    return len({people[party] or pk for pk, party in accounts})


def _time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("approvals.bad_bound", "The time is written like 2026-01-31T12:00:00Z.") from None
    if moment and moment.tzinfo is None:
        raise Invalid("approvals.bad_bound", "A time has its zone.")
    return moment
