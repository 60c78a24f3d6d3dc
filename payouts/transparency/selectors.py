"""Questions a creator asks about their payouts; every answer may be shown to them as it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from compliance.tax.services import what_to_withhold
from foundation.money import Money
from payouts import words
from payouts.freezes.models import Freeze
from payouts.freezes.states import STOPS, FreezeState, FreezeType, ReleasePath
from payouts.integrity.rules.scoring import TIERS, Tier, tier_of
from payouts.integrity.selectors import get_tier
from payouts.life import seams
from payouts.life.errors import refusal
from payouts.life.models import Payout
from payouts.life.rules import amounts, escrow
from payouts.life.seams import Measured
from payouts.life.services.timing import hours_of
from payouts.life.states import OVER, CreatorStatus, PayoutState
from payouts.methods.models import PayoutMethod
from payouts.methods.selectors import find_payable
from payouts.transparency import gathering
from payouts.transparency.models import PayoutQuestion
from payouts.transparency.past import past_of, past_of_standing
from payouts.transparency.rules import wording
from payouts.transparency.rules.arriving import leaving
from payouts.transparency.rules.status import OF_FREEZE, overall
from payouts.transparency.types import (
    AskedForCreator,
    EscrowRange,
    FreezeForCreator,
    Hint,
    KeptPromises,
    Option,
    PayoutDossier,
    PayoutForCreator,
    Preview,
    StandingForCreator,
    StatusForCreator,
)

MOST_RUNNING, MOST_PROMISES, MOST_QUESTIONS = 100, 20, 50


def get_status(creator_id: UUID, *, at: datetime) -> StatusForCreator:
    """Everything at a glance: the worst of what runs, each running payout, what is held, and the last messages."""
    rows = list(payouts_of(creator_id, is_running=True)[:MOST_RUNNING])
    beside = gathering.around(creator_id, rows)
    shown = tuple(gathering.show(row, beside, at) for row in rows)
    freezes = tuple(freeze_shown(row) for row in beside.freezes)
    standing = seams.measuring.function(creator_id)
    status = overall([one.status for one in shown], [one.freeze_type for one in freezes])
    arrivals = [one.arrival.arrives_by for one in shown if one.arrival and one.status is not CreatorStatus.FROZEN]
    return StatusForCreator(
        status=status, headline=_headline(status, shown), next_arrival=min(arrivals, default=None), payouts=shown,
        freezes=freezes, tier=tier_of(standing.score), escrow=_range(creator_id, standing),
        messages=gathering.messages_of(creator_id, limit=5), updated_at=at,
    )  # fmt: skip


def payouts_of(creator_id: UUID, *, is_running: bool | None = None) -> QuerySet[Payout]:
    """A creator's payouts for a list that pages by itself; `shown` puts them into words."""
    rows = gathering.with_escrow(creator_id)
    return rows if is_running is None else rows.exclude(state__in=OVER) if is_running else rows.filter(state__in=OVER)


def shown(creator_id: UUID, rows: Iterable[Payout], *, at: datetime) -> list[PayoutForCreator]:
    """These payouts of one creator in their words."""
    found = list(rows)
    beside = gathering.around(creator_id, found)
    return [gathering.show(row, beside, at) for row in found]


def get_shown(payout_id: UUID, *, creator_id: UUID, at: datetime) -> PayoutForCreator:
    """One payout; another creator's is not found."""
    return shown(creator_id, [_row(payout_id, creator_id)], at=at)[0]


def get_dossier(payout_id: UUID, *, creator_id: UUID, at: datetime) -> PayoutDossier:
    """One payout with its past and what was written about it."""
    row = _row(payout_id, creator_id)
    one = shown(creator_id, [row], at=at)[0]
    messages = gathering.messages_of(creator_id, path=f"/starz/payouts/{payout_id}")
    return PayoutDossier(one, past_of(row), messages)


def other_ways(payout_id: UUID, *, creator_id: UUID, at: datetime) -> list[Option]:
    """The creator's other destinations for this payout, each with its date and fee, the soonest first."""
    row = _row(payout_id, creator_id)
    beside = gathering.around(creator_id, [row])
    return gathering.other_ways(row, gathering.facts_of(row, beside), beside, at)


def preview(creator_id: UUID, amount: Money, method_id: UUID | None = None, *, at: datetime) -> Preview:
    """What a payout would cost and when it would be there if it were asked for now. Refuses as a request would."""
    method = find_payable(creator_id=creator_id, currency=amount.currency, method_id=method_id)
    kept = what_to_withhold(party_id=creator_id, amount=amount, at=at).amount
    terms = amounts.refuse_outside(method.rail, amount - kept)
    hours = hours_of(creator_id, seams.measuring.function(creator_id)).hours
    leaves = _leaves(method, hours, at)
    arrival = leaving(method.rail, leaves, is_estimate=amounts.is_large(amount))
    return Preview(amount, kept, terms.fee, amount - kept - terms.fee, hours, arrival)


def list_freezes(creator_id: UUID, *, is_live: bool | None = True) -> list[FreezeForCreator]:
    """A creator's freezes in their words, newest first; the live ones unless told."""
    return [freeze_shown(row) for row in freezes_of(creator_id, is_live=is_live)[:MOST_RUNNING]]


def freezes_of(creator_id: UUID, *, is_live: bool | None = None) -> QuerySet[Freeze]:
    rows = Freeze.objects.filter(creator_id=creator_id).order_by("-id")
    return rows if is_live is None else rows.filter(state__in=STOPS) if is_live else rows.exclude(state__in=STOPS)


def freeze_shown(row: Freeze) -> FreezeForCreator:
    """One freeze: the cause, the date, what can be done and how far it is. Nothing of how it was found."""
    ends_by = gathering.ends_of(row)
    shape = {ReleasePath.TIME_BASED: words.FREE_ON, ReleasePath.CONDITION_MET: words.FREE_WHEN}
    until = shape.get(ReleasePath(row.path), words.HEAR_BY).format(date=f"{ends_by:%-d %B %Y}")
    is_over = row.state == FreezeState.RELEASED
    kind = FreezeType(row.freeze_type)
    action = wording.action_of(row.action, frees_itself=row.path == ReleasePath.TIME_BASED)
    named = [name for name in (action, "contact") if name != words.NOTHING]
    return FreezeForCreator(
        id=row.pk, freeze_type=kind, status=CreatorStatus.NORMAL if is_over else OF_FREEZE[kind],
        title=(words.HOLD_ENDED if is_over else words.HOLD_TITLES)[kind],
        reason=words.why(row.code).said(row.facts), until=words.HOLD_OVER if is_over else until, ends_by=ends_by,
        options=() if is_over else tuple(wording.option(name, None) for name in dict.fromkeys(named)),
        progress=row.progress if row.path == ReleasePath.CONDITION_MET and not is_over else None,
        amount=Money(row.amount_minor, row.currency) if row.amount_minor and row.currency else None,
        payout_id=row.payout_id, frozen_at=row.frozen_at, released_at=row.released_at,
    )  # fmt: skip


def get_standing(creator_id: UUID) -> StandingForCreator:
    """The tier, what it means, and what leads upward."""
    tier = get_tier(creator_id)
    waits = hours_of(creator_id, seams.measuring.function(creator_id))
    longer = words.LONGER_FOR_NOW.format(wait=words.span(waits.hours)) if waits.warning else ""
    return StandingForCreator(
        tier=tier.tier, meaning=longer or words.TIERS[tier.tier], next_tier=tier.next_tier, since=tier.since,
        hints=tuple(Hint(name, *words.HINTS[name]) for name in tier.helps),
        escrow=get_escrow_range(creator_id), history=past_of_standing(creator_id),
    )  # fmt: skip


def kept_promises(creator_id: UUID) -> KeptPromises:
    """Of the last payouts that arrived, how many were there by the date their creator was told first."""
    rows = gathering.with_escrow(creator_id).filter(state=PayoutState.PAID)[:MOST_PROMISES]
    kept = [row.paid_at <= due for row in rows if row.paid_at and (due := gathering.promised(row))]
    return KeptPromises(len(kept), sum(kept))


def get_escrow_range(creator_id: UUID) -> EscrowRange:
    """How long payouts wait: this creator's that are asked for now, the shortest and the longest there is."""
    return _range(creator_id, seams.measuring.function(creator_id))


def _range(creator_id: UUID, standing: Measured) -> EscrowRange:
    return EscrowRange(hours_of(creator_id, standing).hours, min(escrow.ROWS), escrow.LONGEST)


def _leaves(method: PayoutMethod, hours: int, at: datetime) -> datetime:
    return max(filter(None, (escrow.over_at(at, hours), method.usable_from)))


def _headline(status: CreatorStatus, payouts: tuple[PayoutForCreator, ...]) -> str:
    if status is CreatorStatus.NORMAL and not payouts:
        return words.NOTHING_RUNS
    return words.STATUSES[status][0]


def _row(payout_id: UUID, creator_id: UUID) -> Payout:
    row = gathering.with_escrow(creator_id).filter(pk=payout_id).first()
    if row is None:
        raise refusal("payouts.not_found")
    return row


__all__ = [
    "TIERS", "Tier", "freeze_shown", "freezes_of", "get_dossier", "get_escrow_range", "get_shown", "get_standing",
    "get_status", "list_freezes", "other_ways", "payouts_of", "preview", "shown",
]  # fmt: skip


def questions_of(payout_id: UUID, *, creator_id: UUID) -> list[AskedForCreator]:
    """What a creator asked about a payout of theirs and was answered, newest first."""
    rows = PayoutQuestion.objects.filter(payout_id=payout_id, payout__creator_id=creator_id).order_by("-pk")
    return [AskedForCreator(row.words, row.asked_at, row.answer, row.answered_at) for row in rows[:MOST_QUESTIONS]]
