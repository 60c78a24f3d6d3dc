"""Four eyes: whoever asks, whoever decides and whoever is touched are different people behind the accounts."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from foundation.actors import Actor, ActorKind
from foundation.approvals.types import Policy, Side
from foundation.identity.scopes import Scope


def is_same(one: Side, other: Side) -> bool:
    """The same account, or two accounts of the same party or platform."""
    if one.reference and one.reference == other.reference:
        return True
    return one.principal is not None and one.principal == other.principal


def may_ever_ask(asker: Actor, policy: Policy) -> bool:
    """Whether this actor asks for changes of this kind at all; parts of the system may ask for every kind."""
    if asker.kind is ActorKind.CLIENT:
        return policy.clients_may_ask and Scope.APPROVALS_ASK in asker.scopes
    return asker.kind is ActorKind.SYSTEM or (asker.kind is ActorKind.USER and asker.has_role(*policy.asking_roles))


def why_not_ask(*, asker: Actor, side: Side, affected: Side, platform_id: UUID | None, policy: Policy) -> str | None:
    """The code of what keeps this actor from asking, or None.

    Parts of the system may always ask; a program asks only for what is its own platform's.
    """
    if asker.kind is ActorKind.SYSTEM:
        return None
    is_foreign = asker.kind is ActorKind.CLIENT and platform_id != asker.platform_id
    if is_foreign or not may_ever_ask(asker, policy):
        return "approvals.may_not_ask"
    if is_same(side, affected) and not policy.may_ask_for_oneself:
        return "approvals.asks_for_self"
    return None


def why_not_decide(
    *,
    decider: Actor,
    side: Side,
    requester: Side,
    affected: Side,
    voted: Iterable[Side],
    policy: Policy,
    roles: frozenset[str] = frozenset(),
) -> str | None:
    """The code of what keeps this actor from deciding, or None. `roles` are those its amount asks for."""
    if decider.kind is ActorKind.CLIENT:
        if roles or not policy.clients_may_decide or Scope.APPROVALS_DECIDE not in decider.scopes:
            return "approvals.people_only"
    elif decider.kind is not ActorKind.USER:
        return "approvals.people_only"
    elif not decider.has_role(*policy.deciding_roles, *roles):
        return "approvals.role_missing"
    elif roles and not decider.has_role(*roles):
        return "approvals.beneath_amount"
    if is_same(side, requester):
        return "approvals.own_request"
    if is_same(side, affected):
        return "approvals.affects_you"
    if any(is_same(side, earlier) for earlier in voted):
        return "approvals.already_voted"
    return None


def approvers_needed(policy: Policy, asker: Actor) -> int:
    """Two people stand behind every change: what the system prepared by itself needs one person more."""
    return policy.approvers + (asker.kind is ActorKind.SYSTEM)
