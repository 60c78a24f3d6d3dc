"""Which payouts creators asked for in the days of the story, out of what they have."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from fanzmoney.demo.history.charges import uuid7_at
from fanzmoney.demo.payouts.creators import Creator
from fanzmoney.demo.payouts.past import COMES_BACK, End, Wanted
from foundation.money import Money
from ledger import chart
from ledger.selectors import find_account, get_balance
from payouts.calendars.rails import RAILS
from payouts.integrity.selectors import get_score
from payouts.life.models import Payout, PayoutSchedule
from payouts.life.rules.amounts import terms
from payouts.life.rules.escrow import hours
from payouts.methods.models import PayoutMethod
from payouts.methods.states import MethodState

ENDS = ((0.78, End.PAID), (0.86, End.RETURNED), (0.94, End.REFUSED), (1.0, End.GIVEN_UP))
CENTS = (0, 25, 50, 99)
USABLE = (MethodState.ACTIVE, MethodState.COOLING)
LATEST_DUE_MINUTES = (4, 240)


def free(creator_id: UUID, currency: str) -> Money:
    """What a creator may ask for at this moment."""
    account = find_account(chart.creator("available", creator_id, currency))
    if account is None:
        return Money.zero(currency)
    balance = get_balance(account)
    return max(balance.posted - balance.held, Money.zero(currency))


def past_wishes(one: Creator, *, chapter: str, days: tuple[int, int], most: int, at: datetime) -> list[Wanted]:
    """Payouts asked for so many days ago, newest last, by every way this creator has and can pay with."""
    chance = random.Random(f"{one.slug}:{one.number}:{chapter}")  # noqa: S311 - the same at every start
    ways = ways_of(one.party_id)
    wanted = []
    for way, amount in list(shares(ways, chance))[:most]:
        back = timedelta(hours=chance.uniform(24 * days[0], 24 * days[1]))
        asked_at = at - back
        if asked_at < way.created_at:
            continue
        drawn = chance.random()
        end = next(end for upto, end in ENDS if drawn <= upto)
        if end is End.RETURNED and way.rail not in COMES_BACK:
            end = End.PAID
        origin = _origin(one.party_id, way.currency, asked_at)
        wanted.append(_wanted(one, amount, way, asked_at, end, origin))
    return wanted


def soon_due(one: Creator, *, chapter: str, at: datetime) -> Wanted | None:
    """A payout whose hours are nearly over, so that a visitor sees it leave."""
    chance = random.Random(f"{one.slug}:{one.number}:{chapter}")  # noqa: S311 - the same at every start
    for way, amount in sorted(shares(ways_of(one.party_id), chance), key=lambda pair: bool(RAILS[pair[0].rail].runs)):
        known = get_score(one.party_id)
        refunded = known.inputs.refunded * 100 // max(known.inputs.sales, 1)
        if refunded > 30:
            return None
        held = hours(known.score, Decimal(0)).hours
        waits = timedelta(hours=held, minutes=-chance.randint(*LATEST_DUE_MINUTES))
        return _wanted(one, amount, way, max(at - waits, way.created_at))
    return None


def _wanted(
    one: Creator, amount: Money, way: PayoutMethod, asked_at: datetime, end: End = End.PAID,
    origin: str = str(Payout.Origin.CREATOR),
) -> Wanted:  # fmt: skip
    return Wanted(one.party_id, one.actor, amount, way.pk, asked_at, end, origin, uuid7_at(asked_at))


def ways_of(creator_id: UUID) -> list[PayoutMethod]:
    rows = PayoutMethod.objects.filter(creator_id=creator_id, state__in=[str(state) for state in USABLE])
    return list(rows.order_by("pk"))


def shares(ways: Sequence[PayoutMethod], chance: random.Random) -> Iterator[tuple[PayoutMethod, Money]]:
    """What of each currency's money goes which way; a third stays."""
    left = {way.currency: free(way.creator_id, way.currency) for way in ways}
    for way in chance.sample(list(ways), len(ways)):
        limits = terms(way.rail, way.currency)
        if limits is None:
            continue
        share = left[way.currency] * chance.randint(20, 45)
        amount = Money(share.minor // 100, way.currency)
        amount = min(max(amount, limits.least), limits.most)
        if way.currency != "USDC":
            amount = Money(amount.minor - amount.minor % 100 + chance.choice(CENTS), way.currency)
        if limits.least <= amount <= left[way.currency]:
            left[way.currency] -= amount
            yield way, amount


def _origin(creator_id: UUID, currency: str, asked_at: datetime) -> str:
    row = PayoutSchedule.objects.filter(creator_id=creator_id, currency=currency).first()
    is_their_day = row is not None and row.kind == PayoutSchedule.Kind.WEEKLY and row.weekday == asked_at.weekday()
    return str(Payout.Origin.SCHEDULE if is_their_day else Payout.Origin.CREATOR)
