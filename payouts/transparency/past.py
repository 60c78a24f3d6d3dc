"""What happened to a payout and to a creator's standing, in the creator's words: from the trail, without its codes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from foundation.audit.selectors import AuditLine, records_about
from payouts import words
from payouts.freezes.models import Freeze
from payouts.freezes.states import FreezeState
from payouts.integrity.models import IntegrityRecord
from payouts.integrity.rules.scoring import tier_of
from payouts.life.models import Payout
from payouts.life.states import CreatorStatus, PayoutState
from payouts.methods.states import Rail
from payouts.transparency.types import MomentForCreator

MOST_MOMENTS, MOST_SCORES = 100, 500
MOVED, REROUTED, ASKED = "payout.moved", "payout.rerouted", "payout.asked_about"
ANSWERED = "payout.question_answered"
STATUS = {
    PayoutState.FROZEN: CreatorStatus.FROZEN, PayoutState.PAID: CreatorStatus.NORMAL,
    PayoutState.RETURNED: CreatorStatus.DELAYED, PayoutState.FAILED: CreatorStatus.DELAYED,
    PayoutState.UNKNOWN: CreatorStatus.DELAYED,
}  # fmt: skip


def past_of(payout: Payout) -> tuple[MomentForCreator, ...]:
    """A payout's history, newest first."""
    began = words.TIMELINE["BY_SCHEDULE" if payout.origin == Payout.Origin.SCHEDULE else "REQUESTED"]
    lines = records_about("payouts.payout", str(payout.pk), limit=MOST_MOMENTS)
    causes = {one.frozen_at: words.why(one.code).said(one.facts) for one in payout.freezes.all()}
    moments = [moment for line in lines if (moment := _moment(line, str(Rail(payout.rail).label), causes))]
    return (*moments, MomentForCreator(payout.requested_at, began))


def _moment(line: AuditLine, rail: str, causes: dict[datetime, str]) -> MomentForCreator | None:
    if line.action == REROUTED:
        return MomentForCreator(line.at, words.TIMELINE["rerouted"])
    if line.action == ASKED:
        return MomentForCreator(line.at, words.TIMELINE["asked"], line.reason, is_correspondence=True)
    if line.action == ANSWERED:
        return MomentForCreator(line.at, words.TIMELINE["answered"], is_correspondence=True)
    if line.action != MOVED:
        return None
    state = PayoutState(line.facts["after"])
    is_back = state is PayoutState.IN_ESCROW and line.facts["before"] == PayoutState.FROZEN
    title = words.TIMELINE.get("BACK_IN_ESCROW" if is_back else state)
    if title is None:
        return None
    detail = next((said for at, said in causes.items() if at == line.at), "") if state is PayoutState.FROZEN else ""
    return MomentForCreator(line.at, title.format(rail=rail), detail, STATUS.get(state))


def past_of_standing(creator_id: UUID) -> tuple[MomentForCreator, ...]:
    """When the tier changed and what was held, newest first."""
    return tuple(sorted([*_tiers(creator_id), *_holds(creator_id)], key=lambda one: one.at, reverse=True))


def _tiers(creator_id: UUID) -> list[MomentForCreator]:
    rows = IntegrityRecord.objects.filter(creator_id=creator_id).order_by("-at", "-id")
    scores = list(rows.values_list("at", "score")[:MOST_SCORES])[::-1]
    found: list[MomentForCreator] = []
    before: int | None = None
    for at, score in scores:
        if before is None or tier_of(score) != tier_of(before):
            shape = words.TIER_FIRST if before is None else words.TIER_ROSE if score > before else words.TIER_FELL
            found.append(MomentForCreator(at, shape.format(tier=tier_of(score))))
        before = score
    return found


def _holds(creator_id: UUID) -> list[MomentForCreator]:
    found = []
    for row in Freeze.objects.filter(creator_id=creator_id).order_by("-id")[:MOST_MOMENTS]:
        cause = words.why(row.code).said(row.facts)
        title = words.HOLD_TITLES[row.freeze_type]
        found.append(MomentForCreator(row.frozen_at, title, cause, CreatorStatus.FROZEN))
        if row.state == FreezeState.RELEASED and row.released_at:
            found.append(MomentForCreator(row.released_at, words.HOLD_ENDED[row.freeze_type], "", CreatorStatus.NORMAL))
    return found
