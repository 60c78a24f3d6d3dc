"""Let money go again: by a person, at its time, or because what it waited for came true."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from compliance.escalations.services import open_escalation
from compliance.escalations.states import Department, EscalationType
from compliance.escalations.states import Severity as EscalationSeverity
from compliance.escalations.types import Cause
from foundation.actors import Actor, ActorKind, system
from foundation.approvals.services import request_approval
from foundation.clock.functions import FanzNow
from foundation.crash import crash_point
from foundation.events import publish
from foundation.identity.selectors import accounts_of
from foundation.notifications.services import notify, settle
from foundation.reasons import Reason
from foundation.states import move
from payouts.freezes import events, words
from payouts.freezes.errors import refusal
from payouts.freezes.models import Freeze
from payouts.freezes.services.amounts import held_by
from payouts.freezes.services.money import hold_rows, let_go
from payouts.freezes.states import STOPS, FreezeState, ReleasePath
from payouts.life.rules.amounts import is_large

RELEASE = "freeze.release"
CLOCK = system("freezes")
REVIEW_AGAIN = timedelta(hours=24)


def release_freeze(
    *, freeze_id: UUID, reason: str, was_wrong: bool | None = None, by: Actor, at: datetime,
    approval_id: UUID | None = None, seen: str = "", counts_for: Mapping[str, str] | None = None,
) -> Freeze:  # fmt: skip
    """Lift one freeze; its money is free when nothing else covers it, and a payout is looked at once more.

    Refuses one that was lifted, money of one's own, no reason, figures that nobody saw, and large money by one person
    alone. It counts for the figures as they stand, or for those of `counts_for`: worse ones stop the money again.
    """
    reason = given(reason)
    with transaction.atomic():
        row = hold_freeze(freeze_id)
        if row.state == FreezeState.RELEASED:
            raise refusal("freezes.lifted_already", released_at=row.released_at)
        if by.kind is ActorKind.USER:
            if by.party_id is not None and by.party_id == row.creator_id:
                raise refusal("freezes.about_you")
            if approval_id is None and needs_second_person(row):
                raise refusal("freezes.second_person")
            row.reviewed_at = at
        _refuse_unseen(row, seen)
        if counts_for is not None:
            row.measures = dict(counts_for)
        _lift(row, reason, was_wrong, by, at)
    return row


def ask_release(
    *, freeze_id: UUID, reason: str, was_wrong: bool, seen: str = "", by: Actor, at: datetime
) -> UUID:  # fmt: skip
    """Ask a second person to let large money go, for the figures as they stand; returns the request's id."""
    row = Freeze.objects.filter(pk=freeze_id).first()
    if row is None:
        raise refusal("freezes.not_found")
    _refuse_unseen(row, seen)
    figures = json.dumps(row.measures, sort_keys=True)
    payload = {"freeze_id": str(freeze_id), "was_wrong": was_wrong, "figures": figures}
    return request_approval(kind=RELEASE, payload=payload, reason=given(reason), by=by, at=at).pk


def expire_freezes(*, at: datetime, limit: int = 200) -> int:
    """Lift what was meant to last until now, each in a transaction of its own; safe to run twice at once.

    One that goes wrong does not keep the others; its error is raised at the end.
    """
    due = Freeze.objects.filter(
        state__in=STOPS, path=ReleasePath.TIME_BASED, release_at__lte=FanzNow()
    ).order_by("release_at", "pk")  # fmt: skip
    return each_alone(due.values_list("pk", flat=True)[:limit], lambda freeze_id: _expire(freeze_id, at))


def escalate_unreviewed(*, at: datetime, limit: int = 200) -> int:
    """Hand to compliance what nobody looked at by its date; every freeze ends or is looked at."""
    late = Freeze.objects.filter(state=FreezeState.ACTIVE, review_by__lte=FanzNow()).order_by("review_by", "pk")
    return each_alone(late.values_list("pk", flat=True)[:limit], lambda freeze_id: _hand_on(freeze_id, at))


def each_alone(ids: Iterable[UUID], work: Callable[[UUID], bool]) -> int:
    """Work on each whatever becomes of the others; returns how many, and raises the first error at the end."""
    done, wrong = 0, list[Exception]()
    for id in list(ids):
        try:
            done += work(id)
        except Exception as error:  # noqa: BLE001 - raised below, after the others had their turn
            wrong.append(error)
    if wrong:
        raise wrong[0]
    return done


def _expire(freeze_id: UUID, at: datetime) -> bool:
    with transaction.atomic():
        row = hold_freeze(freeze_id)
        if row.state == FreezeState.RELEASED:
            return False
        _lift(row, Reason.EXPIRED, None, CLOCK, at)
    return True


def _hand_on(freeze_id: UUID, at: datetime) -> bool:
    with transaction.atomic():
        row = hold_freeze(freeze_id)
        if row.state != FreezeState.ACTIVE:
            return False
        hand_to_department(row, "Nobody looked at a freeze by its date.", by=CLOCK, at=at)
    return True


def hand_to_department(
    row: Freeze, words: str, *, department: Department | None = None, by: Actor, at: datetime
) -> None:
    """Open an escalation about a freeze that is held; its money stays stopped."""
    cause = Cause(
        EscalationType.PAYOUT_FREEZE, EscalationSeverity(row.severity), f"freeze {row.pk}", words,
        payouts=(row.payout_id,) if row.payout_id else (), amounts=tuple(held_by(row)), risk_factors=(row.rule,),
        department=department,
    )  # fmt: skip
    line = open_escalation(creator_id=row.creator_id, cause=cause, by=by, at=at)
    reason = Reason.EXPIRED if by is CLOCK else words
    move(row, to=FreezeState.ESCALATED, by=by, reason=reason, at=at, escalation_id=line.id)


def needs_second_person(row: Freeze) -> bool:
    """Whether what is stopped is more than one person lets go."""
    return any(is_large(amount) for amount in held_by(row) if amount)


def sight_of(measures: Mapping[str, str]) -> str:
    """The figures somebody looks at, in short: a form that brings another one was filled before they changed."""
    figures = {name: value for name, value in measures.items() if name != "score"}
    return hashlib.sha256(json.dumps(figures, sort_keys=True).encode()).hexdigest()[:16]


def _refuse_unseen(row: Freeze, seen: str) -> None:
    if seen and seen != sight_of(row.measures):
        raise refusal("freezes.changed_meanwhile")


def _lift(row: Freeze, reason: str, was_wrong: bool | None, by: Actor, at: datetime) -> None:
    """Lift a freeze that is held."""
    move(
        row, to=FreezeState.RELEASED, by=by, reason=reason, at=at, released_at=at, released_by=by.reference,
        release_reason=reason, was_wrong=was_wrong, progress=100, reviewed_at=row.reviewed_at, measures=row.measures,
    )  # fmt: skip
    let_go(row, by=by, at=at)
    crash_point("freezes.let_go")
    settle(dedupe=f"freeze:{row.pk}", at=at)
    said = words.lifted(row.freeze_type)
    notify(
        recipients=accounts_of(row.creator_id), notice="freeze.released", dedupe=f"freeze.released:{row.pk}",
        facts={"title": said.title, "body": said.body, "page": words.page_of(row.payout_id)}, at=at,
    )  # fmt: skip
    publish(
        events.FreezeReleased(row.pk, row.creator_id, row.freeze_type, row.payout_id, row.code, was_wrong, at), key=row
    )


def hold_freeze(freeze_id: UUID) -> Freeze:
    """The freeze, held after what it covers."""
    scope = Freeze.objects.filter(pk=freeze_id).values_list("freeze_type", "creator_id", "payout_id").first()
    if scope is None:
        raise refusal("freezes.not_found")
    hold_rows(*scope)
    return Freeze.objects.locked(freeze_id)


def given(reason: str) -> str:
    reason = reason.strip()
    if not reason or "\x00" in reason:
        raise refusal("freezes.reason_missing")
    return reason[:300]
