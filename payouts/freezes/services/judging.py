"""Hold a creator, or one payout, against the rules in force; place what they say and note the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from compliance.escalations.services import open_escalation
from compliance.escalations.states import Department, EscalationType
from compliance.escalations.states import Severity as EscalationSeverity
from compliance.escalations.types import Cause
from foundation.actors import Actor
from foundation.audit.services import record
from foundation.errors import Conflict, NotFound
from foundation.events import publish
from foundation.reasons import Reason
from payouts.freezes import events
from payouts.freezes.facts import RefundedSource, refunded_sources
from payouts.freezes.models import Freeze, FreezeRule, ReviewNote
from payouts.freezes.rules import measures as measuring
from payouts.freezes.rules.evaluating import (
    Answer,
    Condition,
    Decision,
    Rule,
    conditions_to_meet,
    evaluate,
    is_worse,
    progress,
)
from payouts.freezes.services.placing import place_freeze
from payouts.freezes.services.releasing import CLOCK, release_freeze
from payouts.freezes.states import STOPS, FreezeState, FreezeType, ReleasePath, Severity
from payouts.freezes.types import Scope, Why
from payouts.integrity.rules.curves import is_disputed_by_rate
from payouts.integrity.selectors import get_score
from payouts.life.models import Payout, PayoutEscrow
from payouts.life.selectors import stoppable_of
from payouts.life.services import extend_escrow
from payouts.life.states import WITH_US

Measures = measuring.Measures


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a creator at this moment, and the figures a creator may read."""

    measures: Measures = field(default_factory=dict)
    facts: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Judged:
    """What one evaluation did."""

    frozen: list[UUID] = field(default_factory=list)
    noted: int = 0
    released: list[UUID] = field(default_factory=list)
    too_late: list[UUID] = field(default_factory=list)


def rules_in_force(at: datetime) -> list[Rule]:
    """The newest version of each rule that has begun, without those that were turned off."""
    newest = FreezeRule.objects.filter(active_from__lte=at).order_by("name", "-version").distinct("name")
    return sorted((_rule(row) for row in newest if row.is_on), key=lambda rule: rule.version)


def standing_of(creator_id: UUID) -> Standing:
    """A creator's measures; nothing for somebody who sells nothing."""
    try:
        view = get_score(creator_id)
    except NotFound:
        return Standing()
    known = view.inputs
    return Standing(
        measuring.of_creator(view.score, view.components, known),
        {"disputes": known.disputes_now, "refunded": known.refunded, "sales": known.sales}
        | ({"disputed": known.disputes} if is_disputed_by_rate(known) else {}),
    )


def judge_payout(payout: Payout, at: datetime, standing: Standing | None = None) -> tuple[Decision, Measures]:
    """What the rules about payouts say of this one. What somebody looked at and let go is asked again only if it is
    worse by now."""
    standing = standing or standing_of(payout.creator_id)
    measured = {**standing.measures, **measuring.of_payout(payout.amount)}
    rules = [rule for rule in rules_in_force(at) if rule.freeze_type is FreezeType.PAYOUT]
    past = Freeze.objects.filter(payout=payout)
    asked = [rule for rule in rules if not _was_let_go(rule, past.filter(code=rule.code), measured)]
    return evaluate(asked, measured), measured


def why_of(rule: Rule, measured: Measures, facts: dict[str, Any], source: str, at: datetime) -> Why:
    """The reason of a freeze that a rule decides."""
    ends = at + timedelta(hours=rule.hours)
    is_timed = rule.path is ReleasePath.TIME_BASED
    return Why(
        code=rule.code, severity=rule.severity, action=rule.action, path=rule.path, source=source, rule=rule.label,
        facts=_told(rule.code, measured, facts, at), measures=_seen(rule.code, measured, at),
        release_at=ends if is_timed else None, review_by=None if is_timed else ends,
        conditions=conditions_to_meet(rule, measured) if rule.path is ReleasePath.CONDITION_MET else (),
        escalates_to=rule.escalates_to,
    )  # fmt: skip


def freeze_by_rule(
    payout: Payout, rule: Rule, measured: Measures, *, facts: dict[str, Any], by: Actor, at: datetime
) -> Freeze:  # fmt: skip
    """Stop one payout because of a rule."""
    scope = Scope(FreezeType.PAYOUT, payout.creator_id, payout_id=payout.pk)
    why = why_of(rule, measured, facts, source_of(rule, payout.pk), at)
    with transaction.atomic():
        row = place_freeze(scope=scope, why=why, by=by, at=at)
        escrow = PayoutEscrow.objects.filter(pk=payout.pk).first()
        if rule.extend_hours and escrow is not None:
            until = escrow.starts_at + timedelta(hours=rule.extend_hours)
            extend_escrow(payout_id=payout.pk, until=until, code=rule.code, reason=rule.code, by=by, at=at)
    return row


def judge_creator(*, creator_id: UUID, occasion: str, by: Actor, at: datetime) -> Judged:
    """Look at everything of a creator that has not left: stop what rules stop, note what a person should see, and let
    go what came right again. Told twice, done once."""
    done, standing = Judged(), standing_of(creator_id)
    if not standing.measures:
        return done
    with transaction.atomic():
        for payout in Payout.objects.filter(pk__in=stoppable_of(creator_id)).order_by("pk"):
            _judge_one(payout, standing, done, by, at)
        _judge_sources(creator_id, standing, done, by, at)
        _judge_person(creator_id, standing, occasion, done, by, at)
        _reassess(creator_id, standing, done, at)
        _keep_up(creator_id, standing, by, at)
    return done


def creators_to_judge(*, limit: int | None = None) -> list[UUID]:
    """Creators with a payout that has not left or a freeze that waits for conditions, in a fixed order."""
    waiting = Payout.objects.filter(state__in=[str(state) for state in WITH_US]).values_list("creator_id", flat=True)
    held = Freeze.objects.filter(state__in=STOPS, path=ReleasePath.CONDITION_MET).values_list("creator_id", flat=True)
    return sorted({*waiting, *held})[:limit]


def _judge_one(payout: Payout, standing: Standing, done: Judged, by: Actor, at: datetime) -> None:
    decision, measured = judge_payout(payout, at, standing)
    if decision.answer is Answer.FREEZE and decision.deciding is not None:
        try:
            with transaction.atomic():
                row = freeze_by_rule(payout, decision.deciding, measured, facts=dict(standing.facts), by=by, at=at)
            done.frozen.append(row.pk)
        except Conflict as refused:
            if refused.code != "payouts.too_late":
                raise
            done.too_late.append(payout.pk)
    done.noted += note(decision.noted, measured, standing.facts, payout.creator_id, payout, str(payout.pk), at)


def _judge_sources(creator_id: UUID, standing: Standing, done: Judged, by: Actor, at: datetime) -> None:
    """Rules about earnings stop only the sources in which the refunds are."""
    rules = [rule for rule in rules_in_force(at) if rule.freeze_type is FreezeType.REVENUE_SOURCE]
    decision = evaluate(rules, standing.measures)
    if decision.answer is Answer.FREEZE and decision.deciding is not None:
        for found in refunded_sources(creator_id, at):
            if row := _stop_source(found, decision.deciding, standing, creator_id, by, at):
                done.frozen.append(row.pk)
    done.noted += note(decision.noted, standing.measures, standing.facts, creator_id, None, "creator", at)


def _stop_source(
    found: RefundedSource, rule: Rule, standing: Standing, creator_id: UUID, by: Actor, at: datetime
) -> Freeze | None:  # fmt: skip
    source = f"rule {rule.name} {found.platform_id} {found.product}"
    is_stopped = Freeze.objects.filter(creator_id=creator_id, source=source, state__in=STOPS).exists()
    if is_stopped or _was_let_go(rule, Freeze.objects.filter(source=source), standing.measures):
        return None
    facts = {"refunded": found.refunded, "sales": found.sales}
    scope = Scope(FreezeType.REVENUE_SOURCE, creator_id, platform_id=found.platform_id, product=found.product)
    return place_freeze(scope=scope, why=why_of(rule, standing.measures, facts, source, at), by=by, at=at)


def _judge_person(
    creator_id: UUID, standing: Standing, occasion: str, done: Judged, by: Actor, at: datetime
) -> None:  # fmt: skip
    """Rules about the creator as a whole only ever note, and may ask a department to look."""
    rules = [rule for rule in rules_in_force(at) if rule.freeze_type is FreezeType.ACCOUNT]
    for rule in evaluate(rules, standing.measures).triggers:
        is_new = note([rule], standing.measures, standing.facts, creator_id, None, "creator", at)
        done.noted += is_new
        if is_new and rule.escalates_to:
            cause = Cause(
                EscalationType.HIGH_RISK_SCORE, EscalationSeverity.MEDIUM, f"{rule.name} {occasion}"[:80],
                "A creator's score fell deep.", risk_factors=(rule.name,), department=Department(rule.escalates_to),
                facts={"score": str(standing.measures.get("score", ""))},
            )  # fmt: skip
            open_escalation(creator_id=creator_id, cause=cause, by=by, at=at)


def _reassess(creator_id: UUID, standing: Standing, done: Judged, at: datetime) -> None:
    """Freezes that wait for conditions: how far they are, and lifted when they are met."""
    live = Freeze.objects.filter(
        creator_id=creator_id, state__in=STOPS, path=ReleasePath.CONDITION_MET, freeze_type=FreezeType.REVENUE_SOURCE
    )
    for row in live.order_by("pk"):
        now = progress(row.conditions, standing.measures)
        if now == 100:
            release_freeze(freeze_id=row.pk, reason="its conditions are met", by=CLOCK, at=at)
            done.released.append(row.pk)
        elif now != row.progress:
            Freeze.objects.filter(pk=row.pk).update(progress=now)
            publish(events.FreezeProgressed(row.pk, creator_id, now), key=row)


def _keep_up(creator_id: UUID, standing: Standing, by: Actor, at: datetime) -> None:
    """What is stopped shows how it stands by now to whoever lets it go, and to the creator while it is still so."""
    live = Freeze.objects.filter(
        creator_id=creator_id, state__in=STOPS, payout__isnull=False, source__startswith="rule "
    )
    for row in live.select_related("payout").order_by("pk"):
        payout = cast(Payout, row.payout)
        measured = {**standing.measures, **measuring.of_payout(payout.amount)}
        now = _seen(row.code, measured, at)
        if now | {"score": ""} != row.measures | {"score": ""}:
            told = _told_still(row, measured, standing.facts, at)
            Freeze.objects.filter(pk=row.pk).update(measures=now, facts=told)
            record("freeze.measured_again", by=by, subject=row, reason=row.code, before=row.measures, measures=now)


def note(
    rules: Iterable[Rule], measured: Measures, facts: dict[str, int], creator_id: UUID, payout: Payout | None,
    about: str, at: datetime,
) -> int:  # fmt: skip
    """Put in front of a person what does not stop money, each once; returns how many are new."""
    rows = [
        ReviewNote(
            creator_id=creator_id, payout=payout, rule=rule.label, severity=rule.severity, code=rule.code,
            facts=dict(facts), measures=rule.seen(measured), source=about, noted_at=at,
        )
        for rule in rules
    ]  # fmt: skip
    before = ReviewNote.objects.filter(creator_id=creator_id).count()
    ReviewNote.objects.bulk_create(rows, ignore_conflicts=True)
    return ReviewNote.objects.filter(creator_id=creator_id).count() - before


def source_of(rule: Rule, payout_id: UUID) -> str:
    return f"rule {rule.name} {payout_id}"


def _seen(code: str, measured: Measures, at: datetime) -> dict[str, str]:
    """All that rules for this reason look at: whoever lets go for one of them has seen it for the others."""
    seen = {"score": str(measured.get("score", ""))}
    for rule in rules_in_force(at):
        seen |= rule.seen(measured) if rule.code == code else {}
    return seen


def _told(code: str, measured: Measures, facts: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The figures that say what fired: of card disputes not those of a week where their rate did it."""
    fired = _fired(code, measured, at)
    is_by_rate = "disputed" in facts and "chargebacks_7d" not in fired
    return {name: value for name, value in facts.items() if name != "disputes" or not is_by_rate}


def _told_still(row: Freeze, measured: Measures, facts: dict[str, Any], at: datetime) -> dict[str, Any]:
    """How it stands by now, as long as it would be stopped for the same again; else what stopped it."""
    told = _told(row.code, measured, facts, at)
    is_the_same = "disputes" in told or "disputes" not in row.facts
    return told if is_the_same and _fired(row.code, measured, at) else dict(row.facts)


def _fired(code: str, measured: Measures, at: datetime) -> set[str]:
    """The measures by which rules for this reason are met."""
    met = [rule for rule in rules_in_force(at) if rule.code == code and rule.triggers(measured)]
    return {condition.measure for rule in met for condition in rule.conditions}


def _was_let_go(rule: Rule, past: QuerySet[Freeze], measured: Measures) -> bool:
    """Whether this very thing was stopped and let go before, and is no worse now."""
    last = past.filter(state=FreezeState.RELEASED).order_by("-released_at").first()
    return last is not None and all(
        c.measure in last.measures and not is_worse(c, measured, last.measures) for c in rule.conditions
    )


def _rule(row: FreezeRule) -> Rule:
    return Rule(
        name=row.name, version=row.version,
        conditions=(Condition(row.measure, row.below, row.above), *map(_condition, row.also)),
        freeze_type=FreezeType(row.freeze_type), severity=Severity(row.severity), code=str(Reason(row.code)),
        path=ReleasePath(row.path), action=row.action, hours=row.hours, escalates_to=row.escalates_to,
        extend_hours=row.extend_hours,
    )  # fmt: skip


def _condition(said: dict[str, str]) -> Condition:
    return Condition(
        said["measure"],
        Decimal(said["below"]) if said.get("below") is not None else None,
        Decimal(said["above"]) if said.get("above") is not None else None,
    )
