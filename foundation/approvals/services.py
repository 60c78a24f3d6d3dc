"""Ask, decide, take back, let run out. One lock: the request's own row."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from foundation.actors import Actor, system
from foundation.approvals import events
from foundation.approvals.amounts import demand_now, demand_of, holders_of
from foundation.approvals.errors import refusal
from foundation.approvals.models import Approval, ApprovalDecision, ApprovalPolicy
from foundation.approvals.registry import approvable_for
from foundation.approvals.rules.amount_rules import Demand
from foundation.approvals.rules.exact_change import fingerprint
from foundation.approvals.rules.who_decides import approvers_needed, may_ever_ask, why_not_ask, why_not_decide
from foundation.approvals.sides import resolved, side_of
from foundation.approvals.states import State, Verdict
from foundation.approvals.types import Application, Description, Payload, Side
from foundation.audit.services import record
from foundation.crash import crash_point
from foundation.errors import NotFound, Refusal
from foundation.events import publish
from foundation.reasons import Reason
from foundation.states import move

SWEEPER = system("approvals")


def request_approval(*, kind: str, payload: Payload, reason: str, by: Actor, at: datetime) -> Approval:
    """Ask that this exact change be made; asking again for the same returns the request that waits.

    Refuses what cannot be applied as things stand, what this actor may not ask for, and what somebody else asked.
    """
    subject = approvable_for(kind)
    reason = _given(reason)
    with transaction.atomic():
        policy_row = _policy(kind)
        policy = policy_row.as_policy()
        if not may_ever_ask(by, policy):  # before anything is looked up: a refusal must not tell what there is
            raise refusal("approvals.may_not_ask", kind=kind)
        subject.check(payload)
        description = subject.describe(payload)
        asker, affected = side_of(by), resolved(description.affected)
        if code := why_not_ask(
            asker=by, side=asker, affected=affected, platform_id=description.platform_id, policy=policy
        ):
            raise refusal(code, kind=kind)
        if description.amount and not subject.has_amount:
            raise TypeError(f"{kind} is registered as a change without an amount")
        least = approvers_needed(policy, by)
        demand = demand_of(kind, description.amount, least=least, at=at)
        approval = Approval(
            policy=policy_row,
            payload=payload,
            change_hash=fingerprint(kind, payload),
            requester=asker.reference,
            requester_principal=asker.principal,
            affected=affected.reference,
            affected_principal=affected.principal,
            reason=reason,
            approvers_needed=demand.people,
            deciding_roles=sorted(demand.roles),
            amount_bound_id=demand.version,
            amount_why=demand.why[:300],
            requested_at=at,
            due_at=at + timedelta(hours=policy.sla_hours),
            expires_at=at + timedelta(hours=policy.expiry_hours),
            **_words_of(description),
        )
        try:
            with transaction.atomic():
                approval.save(force_insert=True)
        except IntegrityError as error:
            if "approval_asked_once" not in str(error):
                raise
            return _the_one_that_waits(approval)
        crash_point("approvals.inserted")
        record(
            "approval.requested", by=by, subject=approval, reason=reason, kind=kind, change_hash=approval.change_hash
        )
        publish(
            events.ApprovalRequested(approval.pk, kind, approval.requester, approval.due_at, approval.expires_at),
            key=approval,
        )
        crash_point("approvals.requested")
    return approval


def approve(*, approval_id: UUID, seen_hash: str, reason: str, by: Actor, at: datetime) -> Approval:
    """Agree to exactly what was seen; the last vote needed applies the change in the same transaction.

    Refuses the requester, the affected party and their other accounts, a second vote, another version of the
    change, and a request that is settled or ran out. When the world moved on meanwhile the request ends as FAILED.
    """
    with transaction.atomic():
        approval = _vote(Verdict.APPROVE, approval_id, seen_hash, _given(reason), by, at)
        votes = _votes_that_count(approval)
        if votes < approval.approvers_needed:
            still_needed = approval.approvers_needed - votes
            record("approval.endorsed", by=by, subject=approval, reason=reason, still_needed=still_needed)
            publish(events.ApprovalEndorsed(approval.pk, approval.kind, by.reference, still_needed), key=approval)
        else:
            move(approval, to=State.APPROVED, by=by, reason=reason, at=at)
            crash_point("approvals.approved")
            _apply(approval, by=by, reason=reason, at=at)
            _tell_decided(approval)
        crash_point("approvals.before_commit")
    crash_point("approvals.after_commit")
    return approval


def reject(*, approval_id: UUID, seen_hash: str, reason: str, by: Actor, at: datetime) -> Approval:
    """Say no; one no is enough. Refuses the same people as `approve`."""
    with transaction.atomic():
        approval = _vote(Verdict.REJECT, approval_id, seen_hash, _given(reason), by, at)
        move(approval, to=State.REJECTED, by=by, reason=reason, at=at, settled_at=at)
        _tell_decided(approval)
    return approval


def withdraw_approval(*, approval_id: UUID, reason: str, by: Actor, at: datetime) -> Approval:
    """Take one's own request back before it is decided."""
    with transaction.atomic():
        approval = _seen(approval_id, by)
        if approval.requester != by.reference:
            raise refusal("approvals.not_yours")
        if approval.state != State.PENDING:
            raise refusal("approvals.not_pending", state=approval.state)
        move(approval, to=State.WITHDRAWN, by=by, reason=_given(reason), at=at, settled_at=at)
        _tell_decided(approval)
    return approval


def expire_run_out(*, at: datetime, limit: int = 200) -> int:
    """Close what nobody decided in time; safe to run twice at once."""
    with transaction.atomic():
        run_out = list(Approval.objects.run_out().order_by("pk").select_for_update(skip_locked=True)[:limit])
        for approval in run_out:
            move(approval, to=State.EXPIRED, by=SWEEPER, reason=Reason.EXPIRED, at=at, settled_at=at)
            publish(events.ApprovalExpired(approval.pk, approval.kind, approval.requester), key=approval)
    return len(run_out)


def tell_late(*, at: datetime, limit: int = 200) -> int:
    """Say once of each request that the promised time went by; it can still be decided."""
    with transaction.atomic():
        late = list(Approval.objects.late().order_by("pk").select_for_update(skip_locked=True)[:limit])
        for approval in late:
            Approval.objects.filter(pk=approval.pk).update(overdue_told_at=at)
            publish(events.ApprovalOverdue(approval.pk, approval.kind, approval.due_at), key=approval)
    return len(late)


def _vote(verdict: Verdict, approval_id: UUID, seen_hash: str, reason: str, by: Actor, at: datetime) -> Approval:
    """Lock the request, ask the rule, write the vote down."""
    approval = _seen(approval_id, by)
    if approval.state != State.PENDING:
        raise refusal("approvals.not_pending", state=approval.state)
    side, demand = side_of(by), demand_now(approval, at=at)
    if code := why_not_decide(
        decider=by,
        side=side,
        requester=resolved(Side(approval.requester, approval.requester_principal)),
        affected=resolved(Side(approval.affected, approval.affected_principal)),
        voted=[resolved(decision.side) for decision in approval.decisions.all()],
        policy=approval.policy.as_policy(),
        roles=demand.roles,
    ):
        raise refusal(code)
    if Approval.objects.run_out().filter(pk=approval.pk).exists():
        raise refusal("approvals.expired", expired_at=approval.expires_at)
    if not seen_hash == approval.change_hash == fingerprint(approval.kind, approval.payload):
        raise refusal("approvals.other_change", change_hash=approval.change_hash)
    _tighten(approval, demand, by=by)
    ApprovalDecision.objects.create(
        approval=approval, change_hash=seen_hash, decider=side.reference, principal=side.principal, verdict=verdict,
        reason=reason, at=at,
    )  # fmt: skip
    crash_point("approvals.voted")
    return approval


def _tighten(approval: Approval, demand: Demand, *, by: Actor) -> None:
    """Keep what the amount asks for by now, where that is more than when it was asked."""
    asks: dict[str, Any] = {
        "approvers_needed": demand.people, "deciding_roles": sorted(demand.roles), "amount_bound_id": demand.version,
        "amount_why": demand.why[:300],
    }  # fmt: skip
    if all(getattr(approval, name) == value for name, value in asks.items()):
        return
    Approval.objects.filter(pk=approval.pk).update(**asks)
    for name, value in asks.items():
        setattr(approval, name, value)
    record("approval.tightened", by=by, subject=approval, **asks)


def _votes_that_count(approval: Approval) -> int:
    """How many agreed; where the amount names roles, of those who hold one of them."""
    votes = approval.decisions.filter(verdict=Verdict.APPROVE)
    if not approval.deciding_roles:
        return votes.count()
    return len(holders_of(approval.deciding_roles) & set(votes.values_list("decider", flat=True)))


def _apply(approval: Approval, *, by: Actor, reason: str, at: datetime) -> None:
    """Check once more and make the change; a refusal undoes the attempt alone and ends the request as FAILED."""
    subject = approvable_for(approval.kind)
    try:
        with transaction.atomic():
            subject.check(approval.payload)
            crash_point("approvals.rechecked")
            subject.apply(approval.payload, Application(approval.pk, by, at, approval.reason))
            crash_point("approvals.applied")
            move(approval, to=State.APPLIED, by=by, reason=reason, at=at, settled_at=at)
    except Refusal as refused:
        if refused.retryable:
            raise
        move(approval, to=State.FAILED, by=by, reason=refused.detail, at=at, settled_at=at, failure_code=refused.code)


def _tell_decided(approval: Approval) -> None:
    publish(
        events.ApprovalDecided(
            approval.pk, approval.kind, approval.requester, str(approval.state), approval.failure_code
        ),
        key=approval,
    )


def _seen(approval_id: UUID, by: Actor) -> Approval:
    """The request, locked, if this actor may know of it."""
    try:
        return Approval.objects.visible_to(by).select_related("policy").locked(approval_id)
    except NotFound:
        raise refusal("approvals.not_found") from None


def _policy(kind: str) -> ApprovalPolicy:
    policy = ApprovalPolicy.objects.filter(pk=kind).first()
    if policy is None:
        raise refusal("approvals.unknown_kind", kind=kind)
    return policy


def _given(reason: str) -> str:
    reason = reason.strip()
    if not reason or "\x00" in reason:
        raise refusal("approvals.reason_missing")
    return reason[:500]


def _words_of(description: Description) -> dict[str, Any]:
    subject_type, subject_id = description.subject
    amount = description.amount
    return {
        "title": description.title,
        "effects": [[effect.name, effect.before, effect.after] for effect in description.effects],
        "subject_type": subject_type,
        "subject_id": subject_id,
        "platform_id": description.platform_id,
        "amount_minor": amount.minor if amount else None,
        "currency": amount.currency if amount else "",
    }


def _the_one_that_waits(asked: Approval) -> Approval:
    """The pending request for exactly this change, when it is the same requester's."""
    waiting = Approval.objects.pending().filter(policy=asked.policy, change_hash=asked.change_hash).first()
    if waiting is None or waiting.requester != asked.requester:
        raise refusal("approvals.already_asked", approval_id=waiting.pk if waiting else None)
    return waiting
