"""Questions about requests: the queue, one request with everything a decider should see, and who may decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import EmptyResultSet

from foundation import clock, prepared
from foundation.actors import Actor, ActorKind
from foundation.approvals.amounts import as_asked, demand_now, demands_of
from foundation.approvals.errors import in_words, refusal
from foundation.approvals.models import Approval, ApprovalPolicy, ApprovalQuerySet
from foundation.approvals.registry import approvable_for
from foundation.approvals.rules.amount_rules import Demand, needs_in_words
from foundation.approvals.rules.exact_change import fingerprint
from foundation.approvals.rules.who_decides import is_same, why_not_decide
from foundation.approvals.sides import people_behind, resolved, side_of
from foundation.approvals.states import OPEN, State, Verdict
from foundation.approvals.types import (
    ApprovalDetail,
    ApprovalLine,
    ApprovalTitle,
    Chosen,
    Effect,
    Evidence,
    Payload,
    Policy,
    Side,
    Standing,
    Vote,
)
from foundation.errors import Refusal
from foundation.identity.models import User
from foundation.identity.names import names_of, names_of_creators
from foundation.identity.roles import STAFF_ROLES

MOST_IN_A_LIST = 200
_WAITING_FOR = """
SELECT count(*) FROM approval JOIN approval_policy USING (kind)
WHERE state = 'PENDING' AND requester <> %(viewer)s AND affected IS DISTINCT FROM %(viewer)s
AND coalesce(nullif(approval.deciding_roles, '{}'), approval_policy.deciding_roles)::text[] && %(roles)s::text[]
AND NOT EXISTS (SELECT FROM approval_decision WHERE approval_id = approval.id AND decider = %(viewer)s)
"""  # every page of staff asks this


def url_of(approval_id: UUID) -> str:
    """Where people decide this request."""
    return f"{settings.PUBLIC_URL}/ops/approvals/{approval_id}"


def approvals_seen_by(viewer: Actor) -> ApprovalQuerySet:
    """All requests this viewer may know of, newest first."""
    return Approval.objects.visible_to(viewer).select_related("policy").order_by("-id")


def find_seen_by(viewer: Actor, approval_id: UUID) -> Approval:
    """One request. NotFound when it is missing or not this viewer's to know of."""
    approval = approvals_seen_by(viewer).filter(pk=approval_id).first()
    if approval is None:
        raise refusal("approvals.not_found")
    return approval


def list_waiting(viewer: Actor, *, limit: int = MOST_IN_A_LIST) -> list[ApprovalLine]:
    """Pending requests, the most urgent first."""
    asked = _waiting(replace(viewer, request_id="", source={}), min(limit, MOST_IN_A_LIST))
    return lines_of([Standing(*row) for row in prepared.run(*asked)], viewer) if asked else []


@lru_cache(maxsize=1_024)
def _waiting(viewer: Actor, limit: int) -> tuple[str, tuple[Any, ...]] | None:
    """The statement that lists them, and its values; to make it takes longer than to answer it."""
    rows = approvals_seen_by(viewer).pending().order_by("due_at", "id")
    try:
        return rows.values_list(*Standing._fields)[:limit].query.sql_with_params()
    except EmptyResultSet:
        return None


def list_settled(viewer: Actor, *, before: UUID | None = None, limit: int = 50) -> list[ApprovalLine]:
    """Requests that ended, newest first; `before` is the last id of the page before."""
    rows = approvals_seen_by(viewer).exclude(state__in=OPEN)
    rows = rows.filter(pk__lt=before) if before else rows
    shown = rows.values_list(*Standing._fields)[: min(limit, MOST_IN_A_LIST)]
    return lines_of([Standing(*row) for row in shown], viewer)


def list_about(viewer: Actor, subject_type: str, subject_ids: Iterable[str]) -> list[ApprovalLine]:
    """Requests about these things, oldest first, as far as this viewer may know of them."""
    about = approvals_seen_by(viewer).filter(subject_type=subject_type, subject_id__in=list(subject_ids))
    return lines_of(about.order_by("id")[:MOST_IN_A_LIST], viewer)


def titles_of(approval_ids: Iterable[UUID]) -> dict[UUID, ApprovalTitle]:
    """What these requests are called and until when they wait; for messages about them."""
    rows = Approval.objects.filter(pk__in=list(approval_ids)).values_list("id", "title", "due_at", "expires_at")
    return {id: ApprovalTitle(title, due_at, expires_at) for id, title, due_at, expires_at in rows}


def pending_by_subject(subject_type: str) -> dict[str, UUID]:
    """The newest pending request about each subject of this type."""
    rows = Approval.objects.pending().filter(subject_type=subject_type).order_by("id")
    return dict(rows.values_list("subject_id", "id"))


def list_policies() -> list[Policy]:
    """Every kind of change, and who asks for and decides it."""
    return [row.as_policy() for row in ApprovalPolicy.objects.all()]


def is_waiting(kind: str, payload: Payload) -> bool:
    """Whether this very change was asked for and not settled."""
    return Approval.objects.filter(policy=kind, change_hash=fingerprint(kind, payload), state__in=OPEN).exists()


def count_waiting_for(viewer: Actor) -> int:
    """How many requests this person could decide now."""
    if viewer.kind is not ActorKind.USER or not viewer.roles:
        return 0
    ((count,),) = prepared.run(_WAITING_FOR, {"roles": sorted(viewer.roles), "viewer": viewer.reference})
    return int(count)


def get_approval(approval_id: UUID, viewer: Actor) -> ApprovalDetail:
    """One request with what it would do as things stand now. NotFound when it is missing or not this viewer's."""
    return detail_of(find_seen_by(viewer, approval_id), viewer)


def detail_of(approval: Approval, viewer: Actor) -> ApprovalDetail:
    decisions = list(approval.decisions.all())
    names = names_of(decision.decider for decision in decisions)
    demand = demand_now(approval, at=clock.now()) if approval.state in OPEN else as_asked(approval)
    why_not = _why_not(approval, viewer, demand)
    effects, evidence = _description_now(approval)
    return ApprovalDetail(
        line=lines_of([approval], viewer)[0],
        payload=approval.payload,
        reason=approval.reason,
        affected=approval.affected,
        approvers_needed=demand.people,
        needs=needs_in_words(demand),
        failure_code=approval.failure_code,
        effects=effects,
        evidence=evidence,
        votes=tuple(
            Vote(row.decider, names[row.decider], Verdict(row.verdict), row.reason, row.at) for row in decisions
        ),
        why_not=why_not,
        why_not_in_words=in_words(why_not),
        may_withdraw=approval.state == State.PENDING and approval.requester == viewer.reference,
        url=url_of(approval.pk),
    )


def choose_several(approval_ids: Iterable[UUID], viewer: Actor) -> list[Chosen]:
    """Those there are of these requests, most urgent first, with what keeps this viewer from deciding each."""
    rows = approvals_seen_by(viewer).filter(pk__in=list(approval_ids)).prefetch_related("decisions")
    found = list(rows.order_by("due_at", "id"))
    apart = {approval.pk: _parts_of(approval) for approval in found}
    people = people_behind(side.principal for sides in apart.values() for side in sides)
    mine, demands = side_of(viewer), demands_of(found, at=clock.now())
    chosen = []
    for approval, line in zip(found, lines_of(found, viewer), strict=True):
        sides = [Side(side.reference, people[side.principal]) for side in apart[approval.pk]]
        why_not = "approvals.not_pending" if approval.state != State.PENDING else why_not_decide(
            decider=viewer, side=mine, requester=sides[0], affected=sides[1], voted=sides[2:],
            policy=approval.policy.as_policy(), roles=demands[approval.pk].roles,
        )  # fmt: skip
        effects = tuple(Effect(*effect) for effect in approval.effects)
        chosen.append(Chosen(line, approval.reason, effects, in_words(why_not)))
    return chosen


def who_may_decide(approval_id: UUID) -> list[UUID]:
    """The people whose word this request still lacks."""
    approval = Approval.objects.select_related("policy").get(pk=approval_id)
    apart = _apart(approval)
    roles = approval.deciding_roles or approval.policy.deciding_roles
    people = User.objects.filter(is_active=True, role_grants__ended_at=None, role_grants__role__in=roles).distinct()
    sides = {user.pk: resolved(Side(f"user:{user.pk}", user.party_id)) for user in people.order_by("pk")}
    return [pk for pk, side in sides.items() if not any(is_same(side, other) for other in apart)]


def _parts_of(approval: Approval) -> list[Side]:
    """Who asked, whom it touches, and who voted."""
    return [
        Side(approval.requester, approval.requester_principal),
        Side(approval.affected, approval.affected_principal),
        *(decision.side for decision in approval.decisions.all()),
    ]


def _apart(approval: Approval) -> list[Side]:
    return [resolved(side) for side in _parts_of(approval)]


def _why_not(approval: Approval, viewer: Actor, demand: Demand) -> str | None:
    if approval.state != State.PENDING:
        return "approvals.not_pending"
    requester, affected, *voted = _apart(approval)
    return why_not_decide(
        decider=viewer, side=side_of(viewer), requester=requester, affected=affected, voted=voted,
        policy=approval.policy.as_policy(), roles=demand.roles,
    )  # fmt: skip


def _description_now(approval: Approval) -> tuple[tuple[Effect, ...], tuple[Evidence, ...]]:
    """What an open request would do as things stand; of a settled one, what it said when it was asked."""
    as_asked = tuple(Effect(*effect) for effect in approval.effects)
    if approval.state not in OPEN:
        return as_asked, ()
    try:
        description = approvable_for(approval.kind).describe(approval.payload)
    except Refusal as refused:
        return as_asked, (Evidence("This can no longer be done", refused.detail),)
    return description.effects, description.evidence


def lines_of(approvals: Iterable[Approval | Standing], viewer: Actor) -> list[ApprovalLine]:
    approvals = list(approvals)
    names = names_of(part for approval in approvals for part in (approval.requester, approval.affected))
    touched = {one.affected_principal for one in approvals if one.affected_principal and not one.affected}
    is_staff = viewer.kind is ActorKind.USER and viewer.has_role(*STAFF_ROLES)
    if is_staff and touched:
        for party, (name, places) in names_of_creators(touched).items():
            names[str(party)] = f"{name} ({places})"
    demands = demands_of(approvals, at=clock.now())
    return [_line(approval, viewer, names, demands[approval.pk]) for approval in approvals]


def _affected_name(approval: Approval | Standing, names: dict[str, str]) -> str:
    """Staff by name, a creator as their platform calls them; to others the end of the pseudonym."""
    if approval.affected or not approval.affected_principal:
        return names.get(approval.affected, "")
    party = str(approval.affected_principal)
    return names.get(party, f"Party …{party[-8:]}")


def _line(approval: Approval | Standing, viewer: Actor, names: dict[str, str], demand: Demand) -> ApprovalLine:
    return ApprovalLine(
        id=approval.pk,
        kind=approval.kind,
        title=approval.title,
        state=State(approval.state),
        requester=approval.requester,
        requester_name=names[approval.requester],
        affected_name=_affected_name(approval, names),
        amount=approval.amount,
        platform_id=approval.platform_id,
        requested_at=approval.requested_at,
        due_at=approval.due_at,
        expires_at=approval.expires_at,
        settled_at=approval.settled_at,
        change_hash=approval.change_hash,
        is_mine=approval.requester == viewer.reference,
        needs=needs_in_words(demand) if demand.why else "",
    )
