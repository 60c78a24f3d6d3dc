"""Reads what the rules need of a creator's payouts, in a handful of statements however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from foundation.errors import NotFound
from foundation.money import Money
from foundation.notifications.catalogue import notices
from foundation.notifications.selectors import list_told
from payouts.calendars import eta
from payouts.freezes.models import Freeze
from payouts.freezes.states import STOPS, FreezeType, ReleasePath
from payouts.integrity.selectors import get_score
from payouts.life.models import Payout, PayoutInstruction
from payouts.life.rules import amounts
from payouts.life.services.rerouting import NOT_LEFT, is_agreed
from payouts.life.states import CANCELLABLE, EscrowStatus, PayoutState
from payouts.life.switches import is_rail_stopped
from payouts.methods.models import PayoutMethod
from payouts.methods.states import MethodState, Rail
from payouts.transparency.rules import wording
from payouts.transparency.rules.arriving import arrival_of, expected_of, soonest
from payouts.transparency.rules.facts import Facts, Hold
from payouts.transparency.rules.status import signs_of, status_of
from payouts.transparency.types import MessageForCreator, MessageKind, Option, PayoutForCreator
from processors.gateways.rails.reasons import ACH, EPAYSERVICE, ISO20022, OTHER, OURS, PAXUM, SIGNERS

P = PayoutState
TOPIC = "my_payouts"
CODES = {
    "paxum": PAXUM, "ach": ACH, "sepa": ISO20022, "wire": ISO20022, "epayservice": EPAYSERVICE, "crypto": SIGNERS,
}  # fmt: skip
HAS_COME_BACK = (P.RETURNED, P.FAILED)


@dataclass(frozen=True, slots=True)
class Around:
    """What stands beside a creator's payouts: live freezes, destinations, and what rails said."""

    freezes: Sequence[Freeze]
    methods: Sequence[PayoutMethod]
    said: dict[UUID, str]
    sold: dict[str, int]
    """Of the last sales how many there were and were refunded, where payouts wait longer for it."""

    def holds_of(self, payout: Payout) -> tuple[Hold, ...]:
        return tuple(
            Hold(one.code, one.facts, one.action, ends_of(one), one.path == ReleasePath.TIME_BASED)
            for one in self.freezes
            if one.payout_id == payout.pk or one.freeze_type == FreezeType.ACCOUNT
        )


def with_escrow(creator_id: UUID) -> QuerySet[Payout]:
    """A creator's payouts with what is always read with them."""
    return Payout.objects.filter(creator_id=creator_id).select_related("escrow", "method").order_by("-id")


def around(creator_id: UUID, payouts: Sequence[Payout]) -> Around:
    freezes = Freeze.objects.filter(creator_id=creator_id, state__in=STOPS).order_by("-frozen_at", "-id")
    usable = Q(state__in=[MethodState.ACTIVE, MethodState.COOLING])
    methods = PayoutMethod.objects.filter(usable, creator_id=creator_id).order_by("-is_preferred", "id")
    back = [payout.pk for payout in payouts if payout.state in HAS_COME_BACK]
    is_warned = any(payout.escrow.warning for payout in payouts)
    return Around(
        list(freezes), list(methods), _said(back) if back else {}, _sold(creator_id) if is_warned else {}
    )  # fmt: skip


def _sold(creator_id: UUID) -> dict[str, int]:
    try:
        known = get_score(creator_id).inputs
    except NotFound:
        return {}
    return {"refunded": known.refunded, "sales": known.sales}


def _said(payout_ids: list[UUID]) -> dict[UUID, str]:
    rows = PayoutInstruction.objects.filter(payout_id__in=payout_ids).order_by("number")
    found: dict[UUID, str] = {}
    for payout_id, rail, code in rows.values_list("payout_id", "rail", "code"):
        why = CODES[rail].get(code, OTHER).why
        found[payout_id] = wording.OURS if why in OURS else str(why)
    return found


def ends_of(freeze: Freeze) -> datetime:
    """The date a creator is told: when it is lifted, or by when a person has looked."""
    return freeze.release_at or freeze.review_by or freeze.frozen_at


def facts_of(payout: Payout, beside: Around) -> Facts:
    escrow = payout.escrow
    return Facts(
        state=PayoutState(payout.state), escrow=EscrowStatus(escrow.status), rail=payout.rail,
        rail_name=str(Rail(payout.rail).label), code=payout.reason_code, hours=escrow.hours, due_at=payout.due_at,
        leaves_at=escrow.planned_release_at, sent_at=payout.sent_at, ended_at=payout.paid_at or payout.ended_at,
        needs_people=payout.needs_approval and payout.approval_id is None,
        is_extended=escrow.planned_release_at > escrow.first_release_at, is_warned=bool(escrow.warning),
        is_way_shut=is_rail_stopped(payout.rail), is_sent_again=payout.reason_code == "RAIL_DELAY",
        holds=beside.holds_of(payout), bank_says=beside.said.get(payout.pk, ""),
        told=beside.sold if escrow.warning else {},
    )  # fmt: skip


def show(payout: Payout, beside: Around, at: datetime) -> PayoutForCreator:
    """One payout in its creator's words."""
    facts = facts_of(payout, beside)
    signs = signs_of(facts, expected_at=expected_of(facts), at=at)
    status, arrival = status_of(facts.state, signs), arrival_of(facts, at)
    can_cancel = facts.state in CANCELLABLE
    can_reroute = facts.state in NOT_LEFT and not is_agreed(payout)
    sooner = [
        one for one in other_ways(payout, facts, beside, at)
        if arrival and one.arrives_by and one.arrives_by < arrival.arrives_by
    ] if can_reroute and not facts.is_held else []  # fmt: skip
    fee = Money(payout.fee_minor, payout.currency)
    return PayoutForCreator(
        id=payout.pk, amount=payout.amount, fee=fee, receives=payout.amount - fee, rail=facts.rail_name,
        destination=payout.method.label, method_id=payout.method_id, status=status, word=wording.word_of(facts),
        stages=wording.stages_of(facts, status, arrival), arrival=arrival,
        reason=wording.reason_of(facts, signs), until=wording.until_of(facts, signs),
        options=wording.options_of(facts, signs, at, others=sooner, can_cancel=can_cancel),
        is_running=arrival is not None, can_cancel=can_cancel, can_reroute=can_reroute,
        is_asked_by_schedule=payout.origin == Payout.Origin.SCHEDULE, requested_at=payout.requested_at,
        leaves_at=facts.leaves_at, promised_at=promised(payout), sent_at=payout.sent_at, paid_at=payout.paid_at,
        ended_at=payout.ended_at, withheld=Money(payout.withheld_minor, payout.currency),
    )  # fmt: skip


def promised(payout: Payout) -> datetime | None:
    """By when it was first said to be there."""
    return eta(payout.rail, payout.promised_at).arrives_by if payout.promised_at else None


def other_ways(payout: Payout, facts: Facts, beside: Around, at: datetime) -> list[Option]:
    """The creator's other destinations that take this amount, with when it would be there and what it costs."""
    found = []
    for method in beside.methods:
        terms = amounts.terms(method.rail, payout.currency)
        if method.pk == payout.method_id or method.currency != payout.currency or terms is None:
            continue
        if not terms.least <= payout.amount <= terms.most or is_rail_stopped(method.rail):
            continue
        held_until = facts.hold.ends_by if facts.hold else None
        begins = max(filter(None, (method.usable_from, held_until)), default=None)
        date = soonest(facts, at, rail=method.rail, usable_from=begins)
        found.append(wording.other_way(method.pk, method.label, date, terms.fee))
    return sorted(found, key=lambda one: one.arrives_by or at)


def messages_of(creator_id: UUID, *, path: str = "", limit: int = 10) -> tuple[MessageForCreator, ...]:
    """What this creator was told about payouts, newest first; with a path, about one of them."""
    keys = [key for key, notice in notices.items() if notice.topic == TOPIC]
    return tuple(
        MessageForCreator(
            line.id, MessageKind(line.level), line.title, line.body, line.path, line.created_at,
            line.read_at is not None,
        )
        for line in list_told(creator_id, keys, path=path, limit=limit)
    )  # fmt: skip
