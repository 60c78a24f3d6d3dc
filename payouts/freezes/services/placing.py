"""Stop money, once per cause, and tell the creator in the same breath."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from compliance.escalations.services import open_escalation
from compliance.escalations.states import Department, EscalationType
from compliance.escalations.states import Severity as EscalationSeverity
from compliance.escalations.types import Cause
from foundation.actors import Actor, ActorKind
from foundation.audit.services import record
from foundation.crash import crash_point
from foundation.events import publish
from foundation.identity.models import Party
from foundation.identity.selectors import accounts_of
from foundation.ids import named_id, uuid7
from foundation.notifications.services import notify
from foundation.states import move
from payouts.freezes import events, words
from payouts.freezes.errors import refusal
from payouts.freezes.models import Freeze
from payouts.freezes.services.money import hold_everything, hold_rows, stop_money
from payouts.freezes.states import STOPS, FreezeState, FreezeType, Severity
from payouts.freezes.types import Scope, Why
from payouts.life.checks import papers_of
from payouts.words import NOTHING

LONGEST = timedelta(days=183)
TYPE_OF = {"CHARGEBACK_SPIKE": EscalationType.CHARGEBACK_SPIKE}


def place_freeze(*, scope: Scope, why: Why, by: Actor, at: datetime, freeze_id: UUID | None = None) -> Freeze:
    """Stop this money, and only this; the same source again returns the freeze that stands.

    Refuses a scope that names nothing, an end that is missing or too far, low severity, money of one's own, and with
    Conflict `payouts.too_late` a payout that a rail has.
    """
    _refuse_odd(scope, why, by, at)
    with transaction.atomic():
        hold_rows(scope.freeze_type, scope.creator_id, scope.payout_id)
        row, is_new = _write(freeze_id or uuid7(), scope, why, by, at)
        if not is_new:
            return row
        stop_money(row, by=by, at=at)
        crash_point("freezes.stopped")
        if why.escalates_to:
            _escalate(row, why, by, at)
        _tell(row, at)
        record(
            "freeze.placed", by=by, subject=row, reason=row.code, type=row.freeze_type, severity=row.severity,
            rule=row.rule, source=row.source, measures=row.measures, notes=row.notes,
        )  # fmt: skip
        publish(
            events.FreezePlaced(
                row.pk, row.creator_id, row.freeze_type, row.payout_id, row.platform_id, row.product, row.currency,
                row.amount_minor, row.code, row.severity, row.frozen_at,
            ),
            key=row,
        )  # fmt: skip
        crash_point("freezes.placed")
    return row


def freeze_later(*, creator_id: UUID, event_id: UUID) -> bool:
    """Hold what came to a creator after everything of theirs was frozen, under this event once; True when frozen.

    The earnings run and whatever brings money back call it in their own transaction.
    """
    with transaction.atomic():
        live = list(Freeze.objects.filter(creator_id=creator_id, freeze_type=FreezeType.ACCOUNT, state__in=STOPS))
        for row in live:
            hold_everything(row, event_id=event_id)
    return bool(live)


def hold_settled(settled: Collection[tuple[UUID, str]], at: datetime) -> None:
    """What has just become available to creators whose everything is frozen is held with the rest."""
    frozen = Freeze.objects.filter(freeze_type=FreezeType.ACCOUNT, state__in=STOPS)
    among = frozen.filter(creator_id__in={creator_id for creator_id, _ in settled}).values_list("creator_id", flat=True)
    for creator_id in sorted(set(among)):
        freeze_later(creator_id=creator_id, event_id=named_id("earnings.settled", creator_id, at.isoformat()))


def _write(freeze_id: UUID, scope: Scope, why: Why, by: Actor, at: datetime) -> tuple[Freeze, bool]:
    row = Freeze(
        id=freeze_id, creator_id=scope.creator_id, freeze_type=scope.freeze_type, payout_id=scope.payout_id,
        platform_id=scope.platform_id, product=scope.product, currency=scope.currency,
        amount_minor=scope.amount.minor if scope.amount else None,
        hold_subject=_subject(freeze_id, scope), code=why.code, severity=why.severity, facts=dict(why.facts),
        action=_can_do(why, scope.creator_id, at), notes=why.notes, path=why.path,
        release_at=why.release_at, review_by=why.review_by,
        conditions=[dict(condition) for condition in why.conditions], rule=why.rule, source=why.source[:120],
        measures=dict(why.measures), frozen_by=by.reference, frozen_at=at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if "freeze_once" not in str(error):
            raise
        standing = Freeze.objects.get(
            creator_id=scope.creator_id, freeze_type=scope.freeze_type, source=row.source, state__in=STOPS
        )
        return standing, False
    return row, True


def _can_do(why: Why, creator_id: UUID, at: datetime) -> str:
    """Nobody is asked to prove who they are whose papers hold."""
    if why.action == "verify_identity" and papers_of(Party.objects.get(pk=creator_id), at) == Party.Check.PASSED:
        return NOTHING
    return why.action


def _subject(freeze_id: UUID, scope: Scope) -> str:
    if scope.freeze_type is FreezeType.ACCOUNT:
        return "all"
    return (scope.subject or f"freeze:{freeze_id}") if scope.freeze_type is FreezeType.WALLET_SEGMENT else ""


def _escalate(row: Freeze, why: Why, by: Actor, at: datetime) -> None:
    """A department looks at it while the money stays stopped."""
    amount = row.payout.amount if row.payout else None
    cause = Cause(
        type=EscalationType(why.escalates_to) if why.escalates_to in EscalationType.values
        else TYPE_OF.get(row.code, EscalationType.PAYOUT_FREEZE),
        severity=EscalationSeverity(row.severity),
        source=f"freeze {row.pk}",
        description=why.notes or f"Money was stopped: {row.get_code_display().lower()}.",
        payouts=(row.payout_id,) if row.payout_id else (),
        amounts=(amount,) if amount else (),
        risk_factors=(row.rule,),
        department=Department(why.escalates_to) if why.escalates_to in Department.values else None,
        facts=dict(why.measures) if why.escalates_to in EscalationType.values else {},
    )  # fmt: skip
    line = open_escalation(creator_id=row.creator_id, cause=cause, by=by, at=at)
    move(row, to=FreezeState.ESCALATED, by=by, reason=row.code, at=at, escalation_id=line.id)


def _tell(row: Freeze, at: datetime) -> None:
    """The creator's notice commits with the freeze itself."""
    until = row.release_at or row.review_by or at
    said = words.message(
        freeze_type=row.freeze_type, code=row.code, facts=row.facts, path=row.path, until=until, action=row.action
    )
    notify(
        recipients=accounts_of(row.creator_id), notice="freeze.placed", dedupe=f"freeze:{row.pk}",
        facts={"title": said.title, "body": said.body, "page": words.page_of(row.payout_id)}, at=at,
    )  # fmt: skip
    row.told_at = at
    Freeze.objects.filter(pk=row.pk).update(told_at=at)


def _refuse_odd(scope: Scope, why: Why, by: Actor, at: datetime) -> None:
    kind = scope.freeze_type
    is_named = {
        FreezeType.PAYOUT: scope.payout_id is not None,
        FreezeType.WALLET_SEGMENT: bool(scope.amount and scope.amount.minor > 0 and scope.currency)
        and scope.amount is not None and scope.amount.currency == scope.currency,
        FreezeType.REVENUE_SOURCE: scope.platform_id is not None and bool(scope.product),
        FreezeType.ACCOUNT: scope.payout_id is None,
    }[kind]  # fmt: skip
    if not is_named:
        raise refusal("freezes.bad_scope")
    if why.severity is Severity.LOW:
        raise refusal("freezes.never_for_little")
    ends = [end for end in (why.release_at, why.review_by) if end is not None]
    if not ends or any(not at < end <= at + LONGEST for end in ends):
        raise refusal("freezes.bad_end")
    if by.kind is ActorKind.USER and by.party_id == scope.creator_id:
        raise refusal("freezes.about_you")
    if not Party.objects.filter(pk=scope.creator_id).exists():
        raise refusal("freezes.no_creator")
