"""Open, take, hand on, stop the clock, decide. One lock: the escalation's own row."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from compliance.escalations import events
from compliance.escalations.errors import refusal
from compliance.escalations.models import Escalation, EscalationAction
from compliance.escalations.rules import clocks
from compliance.escalations.selectors import WORKERS, line_of
from compliance.escalations.states import NEEDS_BASIS, Act, Decision, EscalationState
from compliance.escalations.types import Cause, EscalationLine
from foundation.actors import Actor, ActorKind, system
from foundation.audit.services import record
from foundation.crash import crash_point
from foundation.errors import NotFound
from foundation.events import publish
from foundation.identity.models import Party
from foundation.identity.selectors import people_with
from foundation.reasons import Reason
from foundation.states import move

CLOCK = system("escalations")
S = EscalationState


def open_escalation(*, creator_id: UUID, cause: Cause, by: Actor, at: datetime) -> EscalationLine:
    """Ask a department for a decision by a date; what waits already about this creator and type is joined instead.

    Told the same source again, nothing changes. Refuses an unknown creator and a cause without words.
    """
    words = _said(cause.description)
    with transaction.atomic():
        if not Party.objects.filter(pk=creator_id).exists():
            raise refusal("compliance.no_creator")
        row = Escalation(
            creator_id=creator_id, type=cause.type, severity=cause.severity, source=cause.source,
            department=cause.department or clocks.first_department(cause.type), description=words[:1000],
            payouts=[str(payout) for payout in cause.payouts], amounts=_added({}, cause),
            risk_factors=list(cause.risk_factors), facts=dict(cause.facts), legal_basis=cause.legal_basis,
            opened_by=by.reference, opened_at=at, due_at=clocks.due_at(cause.severity, at),
        )  # fmt: skip
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:
            if "escalation_one_open" not in str(error):
                raise
            return _join(creator_id, cause, by=by, at=at)
        _note(row, Act.OPENED, by=by, at=at, notes=words, source=cause.source)
        record("escalation.opened", by=by, subject=row, type=row.type, severity=row.severity, source=row.source)
        publish(
            events.EscalationOpened(
                row.pk, creator_id, row.type, row.severity, row.department, row.due_at, row.source
            ),
            key=row,
        )  # fmt: skip
        crash_point("compliance.escalated")
    return line_of(row)


def take_escalation(*, escalation_id: UUID, by: Actor, at: datetime) -> EscalationLine:
    """Begin, or take over, the review oneself."""
    with transaction.atomic():
        row = _workable(escalation_id, by)
        _assign(row, by.reference, Act.TAKEN, "", by, at)
    return line_of(row)


def assign_escalation(*, escalation_id: UUID, user_id: UUID, notes: str, by: Actor, at: datetime) -> EscalationLine:
    """Give the review to a colleague. Refuses whoever does not work on escalations, and the person concerned."""
    with transaction.atomic():
        row = _workable(escalation_id, by)
        if user_id not in people_with(*WORKERS):
            raise refusal("compliance.cannot_work")
        _assign(row, f"{ActorKind.USER}:{user_id}", Act.ASSIGNED, notes, by, at)
    return line_of(row)


def note_escalation(*, escalation_id: UUID, notes: str, by: Actor, at: datetime) -> EscalationLine:
    """Write down what was found or done."""
    with transaction.atomic():
        row = _workable(escalation_id, by)
        _note(row, Act.NOTED, by=by, at=at, notes=_said(notes))
        record("escalation.noted", by=by, subject=row)
    return line_of(row)


def hand_higher(*, escalation_id: UUID, notes: str, by: Actor, at: datetime) -> EscalationLine:
    """Pass it to the next department; its clock begins anew."""
    with transaction.atomic():
        row = _workable(escalation_id, by)
        _raise_higher(row, _said(notes), by=by, at=at, is_late=False)
    return line_of(row)


def pause_clock(*, escalation_id: UUID, notes: str, by: Actor, at: datetime) -> EscalationLine:
    """Stop the clock while somebody outside has to answer, with the reason written down."""
    with transaction.atomic():
        row = _workable(escalation_id, by)
        if row.paused_at is not None:
            raise refusal("compliance.clock_stands")
        _change(row, paused_at=at)
        _note(row, Act.PAUSED, by=by, at=at, notes=_said(notes))
        record("escalation.paused", by=by, subject=row, reason=notes)
    return line_of(row)


def resume_clock(*, escalation_id: UUID, notes: str, by: Actor, at: datetime) -> EscalationLine:
    """Let the clock go on; the date moves by as long as it stood."""
    with transaction.atomic():
        row = _workable(escalation_id, by)
        if row.paused_at is None:
            raise refusal("compliance.clock_runs")
        _resume(row, notes, by, at)
    return line_of(row)


def resolve_escalation(
    *, escalation_id: UUID, decision: Decision, reasoning: str, legal_basis: str = "", by: Actor, at: datetime,
    seen_version: int | None = None,
) -> EscalationLine:  # fmt: skip
    """Decide, with the reasoning. Rooms that stopped something for it hear of it and act.

    Refuses what nobody reviewed, a version that was not seen, and a severe decision without a legal basis.
    """
    reasoning = _said(reasoning)
    with transaction.atomic():
        row = _workable(escalation_id, by)
        if seen_version is not None and row.version != seen_version:
            raise refusal("compliance.seen_another_version", version=row.version)
        if row.first_reviewed_at is None or row.state == S.OPEN:
            raise refusal("compliance.not_in_review", state=row.state)
        basis = legal_basis.strip()[:200] or row.legal_basis
        if decision in NEEDS_BASIS and not basis:
            raise refusal("compliance.basis_missing")
        was_in_time = row.paused_at is not None or at <= row.due_at
        if row.paused_at is not None:
            _resume(row, "", by, at)
        move(
            row, to=S.RESOLVED, by=by, reason=decision, at=at, resolved_at=at, resolved_by=by.reference,
            decision=decision, reasoning=reasoning, legal_basis=basis,
        )  # fmt: skip
        _note(row, Act.RESOLVED, by=by, at=at, notes=reasoning, decision=decision)
        publish(
            events.EscalationResolved(
                row.pk, row.creator_id, row.type, row.severity, str(decision), by.reference, at, was_in_time
            ),
            key=row,
        )
        crash_point("compliance.resolved")
    return line_of(row)


def escalate_late(*, at: datetime, limit: int = 200) -> int:
    """Hand higher what nobody decided in time; what is late once more is told once. Safe to run twice at once."""
    with transaction.atomic():
        late = Escalation.objects.late().select_for_update(skip_locked=True)
        rows = list(late.exclude(state=S.ESCALATED, overdue_told_at__isnull=False).order_by("due_at", "pk")[:limit])
        for row in rows:
            if row.state == S.ESCALATED:
                Escalation.objects.filter(pk=row.pk).update(overdue_told_at=at)
                publish(
                    events.EscalationOverdue(row.pk, row.creator_id, row.severity, row.department, row.due_at), key=row
                )
            else:
                _raise_higher(row, "", by=CLOCK, at=at, is_late=True)
    return len(rows)


def _join(creator_id: UUID, cause: Cause, *, by: Actor, at: datetime) -> EscalationLine:
    """Another cause for what waits already; a more severe one brings the date forward."""
    waiting = Escalation.objects.open().select_for_update().filter(creator_id=creator_id, type=cause.type)
    row = waiting.first()
    if row is None:  # decided a moment ago
        return open_escalation(creator_id=creator_id, cause=cause, by=by, at=at)
    if row.source == cause.source or row.actions.filter(action=Act.JOINED, facts__source=cause.source).exists():
        return line_of(row)
    severity = clocks.worst(row.severity, cause.severity)
    _change(
        row,
        severity=severity,
        due_at=min(row.due_at, clocks.due_at(severity, at)),
        payouts=[*row.payouts, *(str(payout) for payout in cause.payouts if str(payout) not in row.payouts)],
        amounts=_added(row.amounts, cause),
        risk_factors=sorted({*row.risk_factors, *cause.risk_factors}),
        facts={**row.facts, **cause.facts},
        legal_basis=row.legal_basis or cause.legal_basis,
    )
    _note(row, Act.JOINED, by=by, at=at, notes=_said(cause.description), source=cause.source)
    record("escalation.joined", by=by, subject=row, severity=row.severity, source=cause.source)
    publish(events.EscalationJoined(row.pk, creator_id, row.severity, row.due_at, cause.source), key=row)
    return line_of(row)


def _workable(escalation_id: UUID, by: Actor) -> Escalation:
    """The row, locked, unless it is decided or about whoever asks."""
    try:
        row = Escalation.objects.locked(escalation_id)
    except NotFound:
        raise refusal("compliance.no_escalation") from None
    if by.party_id is not None and by.party_id == row.creator_id:
        raise refusal("compliance.about_you")
    if row.state == S.RESOLVED:
        raise refusal("compliance.already_resolved", decision=row.decision)
    return row


def _assign(row: Escalation, to: str, act: Act, notes: str, by: Actor, at: datetime) -> None:
    first = row.first_reviewed_at or at
    if row.state == S.IN_REVIEW:
        _change(row, assigned_to=to)
    else:
        move(
            row, to=S.IN_REVIEW, by=by, reason=Reason.DECIDED_BY_PERSON, at=at, assigned_to=to,
            first_reviewed_at=first,
        )  # fmt: skip
    _note(row, act, by=by, at=at, notes=notes.strip(), to=to)
    record("escalation.assigned", by=by, subject=row, to=to)
    publish(events.EscalationTaken(row.pk, row.creator_id, to), key=row)


def _raise_higher(row: Escalation, notes: str, *, by: Actor, at: datetime, is_late: bool) -> None:
    department = clocks.next_department(row.department)
    changes: dict[str, Any] = {
        "department": department, "due_at": clocks.due_at(row.severity, at), "escalated_at": at, "assigned_to": "",
        "overdue_told_at": None, "paused_at": None,
    }  # fmt: skip
    if row.state == S.ESCALATED:
        _change(row, **changes)
    else:
        move(row, to=S.ESCALATED, by=by, reason=Reason.EXPIRED if is_late else notes, at=at, **changes)
    _note(row, Act.ESCALATED, by=by, at=at, notes=notes, department=department, is_late=is_late)
    record("escalation.raised", by=by, subject=row, department=department, is_late=is_late)
    publish(
        events.EscalationRaised(row.pk, row.creator_id, row.severity, str(department), row.due_at, is_late), key=row
    )


def _resume(row: Escalation, notes: str, by: Actor, at: datetime) -> None:
    stood = row.paused_at
    assert stood is not None
    _change(
        row, paused_at=None, due_at=clocks.resumed(row.due_at, stood, at),
        paused_seconds=row.paused_seconds + max(int((at - stood).total_seconds()), 0),
    )  # fmt: skip
    _note(row, Act.RESUMED, by=by, at=at, notes=notes.strip())
    record("escalation.resumed", by=by, subject=row, reason=notes, due_at=row.due_at)


def _change(row: Escalation, **changes: Any) -> None:
    """Write a locked row whose state stays."""
    for name, value in changes.items():
        setattr(row, name, value)
    row.version += 1
    row.save(update_fields=[*changes, "version"])


def _note(row: Escalation, act: Act, *, by: Actor, at: datetime, notes: str = "", **facts: Any) -> None:
    EscalationAction.objects.create(
        escalation=row, at=at, actor=by.reference, action=act, notes=notes[:2000],
        facts={name: str(value) if not isinstance(value, bool) else value for name, value in facts.items()},
    )  # fmt: skip


def _added(amounts: dict[str, int], cause: Cause) -> dict[str, int]:
    total = dict(amounts)
    for amount in cause.amounts:
        total[amount.currency] = total.get(amount.currency, 0) + amount.minor
    return total


def _said(words: str) -> str:
    words = words.strip()
    if not words or "\x00" in words:
        raise refusal("compliance.words_missing")
    return words[:2000]
