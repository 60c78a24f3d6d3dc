"""What freezes hear: facts that make rules look again, decisions of compliance, and who was restricted."""

from __future__ import annotations

from uuid import UUID

from compliance.escalations.selectors import get_escalation
from compliance.escalations.states import LETS_GO, Decision
from compliance.sanctions.services import clear_matches
from foundation import clock
from foundation.actors import system
from foundation.errors import Conflict
from foundation.events.listening import News, on
from foundation.restrictions.selectors import kinds_in_force_now, list_restrictions
from payouts.freezes.facts import creator_of
from payouts.freezes.services.checked import kyc_changed, lift_check, mark_touched, stop_for_restriction
from payouts.freezes.services.judging import judge_creator
from payouts.freezes.services.placing import freeze_later
from payouts.freezes.services.releasing import ask_release, release_freeze
from payouts.freezes.services.standing import live_of_escalation
from payouts.integrity.services import rescore
from payouts.life.checks import WAITS
from payouts.life.selectors import get_payout

GROUP = "freezes"
LISTENER = system("freezes")


@on("txn.dispute", "txn.refund", group=GROUP)
def look_again(news: News) -> None:
    """Money went back: the score is made first, then the rules look at what has not left."""
    creator_id, at = UUID(news.payload["creator_id"]), clock.now()
    rescore([creator_id], reason=news.type, at=at)
    if news.type == "txn.dispute":
        mark_touched(creator_id, by=LISTENER, at=at)
    judge_creator(creator_id=creator_id, occasion=f"{news.type} {news.id}", by=LISTENER, at=at)


@on("txn.dispute_closed", group=GROUP)
def look_when_over(news: News) -> None:
    creator_id, at = creator_of(UUID(news.payload["payment_id"])), clock.now()
    if creator_id is not None:
        rescore([creator_id], reason=news.type, at=at)
        mark_touched(creator_id, by=LISTENER, at=at)
        judge_creator(creator_id=creator_id, occasion=f"{news.type} {news.id}", by=LISTENER, at=at)


@on("integrity.changed", group=GROUP)
def look_at_changed(news: News) -> None:
    judge_creator(creator_id=UUID(news.payload["creator_id"]), occasion=f"score {news.id}", by=LISTENER, at=clock.now())


@on("payout.escrowed", group=GROUP)
def note_new(news: News) -> None:
    """A payout that goes on may still have something a person should see."""
    creator_id, at = get_payout(UUID(news.payload["payout_id"])).creator_id, clock.now()
    mark_touched(creator_id, by=LISTENER, at=at)
    judge_creator(creator_id=creator_id, occasion=f"payout {news.id}", by=LISTENER, at=at)


@on("payout.cancelled", "payout.failed", "payout.returned", group=GROUP)
def hold_what_came_back(news: News) -> None:
    """Money that came back to a creator whose everything is frozen is held, too."""
    payout_id = UUID(news.payload["payout_id"])
    freeze_later(creator_id=get_payout(payout_id).creator_id, event_id=payout_id)


@on("account.restricted", group=GROUP)
def stop_restricted(news: News) -> None:
    """A creator was suspended or may not be paid: what has not left stops now."""
    said, party_id = news.payload, UUID(news.payload["party_id"])
    ours = {line.id for line in list_restrictions(party_id) if line.source.startswith("freeze:")}
    if said["kind"] in WAITS and UUID(said["restriction_id"]) not in ours and kinds_in_force_now(party_id) & WAITS:
        stop_for_restriction(party_id, by=LISTENER, at=clock.now())


@on("account.unrestricted", group=GROUP)
def let_unrestricted_go(news: News) -> None:
    party_id = UUID(news.payload["party_id"])
    if not kinds_in_force_now(party_id) & WAITS:
        lift_check("restrictions", party_id, by=LISTENER, at=clock.now())


@on("account.kyc_checked", group=GROUP)
def let_proved_go(news: News) -> None:
    kyc_changed(UUID(news.payload["party_id"]), by=LISTENER, at=clock.now())


@on("compliance.escalation.resolved", group=GROUP)
def act_on_decision(news: News) -> None:
    """Compliance decided: what was stopped for it is let go, or stays. Large money still needs a second person."""
    escalation_id, decision = UUID(news.payload["escalation_id"]), Decision(news.payload["decision"])
    if decision not in LETS_GO:
        return
    at, was_wrong = clock.now(), decision is Decision.FALSE_ALARM
    found = get_escalation(escalation_id)
    pairs = [(name, key) for name, key, *_ in found.facts.get("matches", ())]
    clear_matches(
        party_id=found.creator_id, pairs=pairs, escalation_id=escalation_id, by=news.payload["by"], at=at
    )  # fmt: skip
    reason = f"decided by {news.payload['by']}: {found.reasoning}"[:300]
    for freeze_id, is_large in live_of_escalation(escalation_id):
        if is_large:
            ask_release(freeze_id=freeze_id, reason=reason, was_wrong=was_wrong, by=LISTENER, at=at)
            continue
        try:
            release_freeze(freeze_id=freeze_id, reason=reason, was_wrong=was_wrong, by=LISTENER, at=at)
        except Conflict as refused:
            if refused.code != "freezes.lifted_already":
                raise
