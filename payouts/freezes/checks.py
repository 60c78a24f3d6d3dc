"""What freezes ask of every payout before it leaves, and what is done with one that a check stops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from compliance.sanctions.services import match_party
from foundation.actors import Actor, system
from foundation.reasons import Reason
from payouts.freezes import facts
from payouts.freezes.models import Freeze
from payouts.freezes.rules import laundering, measures
from payouts.freezes.rules.evaluating import Answer
from payouts.freezes.services.judging import freeze_by_rule, judge_payout, rules_in_force, standing_of
from payouts.freezes.services.money import covering
from payouts.freezes.services.placing import place_freeze
from payouts.freezes.states import FreezeState, FreezeType, ReleasePath, Severity
from payouts.freezes.types import Scope, Why
from payouts.life.models import Payout
from payouts.life.rules.amounts import large_from
from payouts.life.seams import PASSED, Look, Outcome, check
from payouts.life.services import freeze_payout

SCREENING = system("screening")
WEEK = timedelta(days=7)
ROUTINE = "CHECK_IN_PROGRESS"


@dataclass(frozen=True, slots=True)
class Stopped:
    """How a payout that a check stops is frozen."""

    severity: Severity
    path: ReleasePath
    action: str
    hours: int
    escalates_to: str = ""
    asks_again: bool = True
    """False: what a person let go once is not stopped by the same check again."""


BY_CHECK: Mapping[str, Stopped] = {
    "identity": Stopped(Severity.MEDIUM, ReleasePath.CONDITION_MET, "upload_document", 168),
    "restrictions": Stopped(Severity.HIGH, ReleasePath.CONDITION_MET, "contact", 168),
    "sanctions": Stopped(Severity.HIGH, ReleasePath.MANUAL_REVIEW, "nothing", 72, "AML_FLAG"),
    "laundering": Stopped(Severity.HIGH, ReleasePath.MANUAL_REVIEW, "nothing", 72, "AML_FLAG", asks_again=False),
}
OTHERWISE = Stopped(Severity.HIGH, ReleasePath.MANUAL_REVIEW, "contact", 72)


@check("freezes")
def nothing_covers_it(payout: Payout, at: datetime) -> Look:
    """A payout that a live freeze covers does not go on."""
    return Look(Outcome.STOPPED, code=Reason.CHECK_IN_PROGRESS) if covering(payout) else PASSED


@check("risk")
def rules_let_it_go(payout: Payout, at: datetime) -> Look:
    """The rules about payouts: the most severe trigger decides."""
    decision, measured = judge_payout(payout, at)
    if decision.answer is Answer.NOTHING:
        return PASSED
    found = {"triggers": [rule.label for rule in decision.triggers], "score": str(measured.get("score", ""))}
    if decision.deciding is None:
        return Look(Outcome.NOTED, found)
    return Look(Outcome.STOPPED, {**found, "rule": decision.deciding.label}, Reason(decision.deciding.code))


@check("sanctions")
def name_is_on_no_list(payout: Payout, at: datetime) -> Look:
    """The creator's name against the lists in force; the check keeps entries and scores, never the name."""
    found = match_party(party_id=payout.creator_id, by=SCREENING)
    if not found.matches:
        return Look(Outcome.PASSED, {"lists": list(found.lists), "is_known": found.is_known})
    matches = [[match.list_name, match.entry_key, match.score] for match in found.matches]
    return Look(Outcome.STOPPED, {"lists": list(found.lists), "matches": matches}, Reason.CHECK_IN_PROGRESS)


@check("laundering")
def money_has_a_plain_story(payout: Payout, at: datetime) -> Look:
    """Structuring, passing through, circles."""
    found = [pattern for pattern in patterns(payout, at) if pattern]
    if not found:
        return PASSED
    return Look(
        Outcome.STOPPED,
        {"patterns": [pattern.name for pattern in found], **{p.name: dict(p.facts) for p in found}},
        Reason.CHECK_IN_PROGRESS,
    )


@check("disputes")
def no_dispute_is_inside(payout: Payout, at: datetime) -> Look:
    """Open disputes of the creator; what they touch is marked, and its hours are longer by the rules."""
    disputes = facts.open_disputes(payout.creator_id)
    if not disputes:
        return PASSED
    return Look(Outcome.NOTED, {"disputes": len(disputes), "is_inside": payout.is_disputed})


def patterns(payout: Payout, at: datetime) -> list[laundering.Pattern | None]:
    """What the rules about laundering find around one payout."""
    same = Payout.objects.filter(
        creator_id=payout.creator_id, currency=payout.currency, requested_at__gt=at - WEEK
    ).exclude(state__in=["CANCELLED", "FAILED"])
    fresh, payers = facts.earned_freshly(payout.creator_id, payout.currency, at)
    creator = str(payout.creator_id)
    return [
        laundering.structuring(
            same.order_by("pk").values_list("amount_minor", flat=True), large_from(payout.currency).minor
        ),
        laundering.pass_through(
            paid_out_minor=payout.amount_minor, fresh_minor=fresh, payers=payers,
            dollars=int(measures.of_payout(payout.amount)["payout_dollars"]), age_days=0,
        ),
        laundering.circular(creator, facts.paid_around(payout.creator_id, at)),
    ]  # fmt: skip


def stop(payout: Payout, look: Look, by: Actor, at: datetime) -> None:
    """A check stops a payout that is held: a freeze is written, with words for the creator and work for people.

    It is the check that decides, whoever asked: also the creator themselves.
    """
    if look.check == "freezes":
        freeze_payout(payout_id=payout.pk, code=str(look.code), by=SCREENING, at=at)
        return
    if look.check == "risk":
        _stop_by_rule(payout, look, SCREENING, at)
        return
    how = BY_CHECK.get(look.check, OTHERWISE)
    source = f"check {look.check} {payout.pk}"
    if not how.asks_again and Freeze.objects.filter(source=source, state=FreezeState.RELEASED).exists():
        return
    why = Why(
        code=str(look.code), severity=how.severity, action=how.action, path=how.path, source=source,
        rule=f"check {look.check}", facts=_for_creator(look.facts), measures=_plain(look.facts),
        review_by=max(look.until or at, at + timedelta(hours=how.hours)), escalates_to=how.escalates_to,
        conditions=[{"check": look.check}] if how.path is ReleasePath.CONDITION_MET else (),
    )  # fmt: skip
    place_freeze(scope=Scope(FreezeType.PAYOUT, payout.creator_id, payout_id=payout.pk), why=why, by=SCREENING, at=at)


def _stop_by_rule(payout: Payout, look: Look, by: Actor, at: datetime) -> None:
    rule = next((rule for rule in rules_in_force(at) if rule.label == look.facts["rule"]), None)
    if rule is not None:
        standing = standing_of(payout.creator_id)
        measured = {**standing.measures, **measures.of_payout(payout.amount)}
        freeze_by_rule(payout, rule, measured, facts=dict(standing.facts), by=by, at=at)


def _for_creator(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Of what a check found only what the creator may read of themselves."""
    return {name: facts[name] for name in ("document",) if name in facts}


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, (int, list, dict)) else str(value) for name, value in facts.items()}
