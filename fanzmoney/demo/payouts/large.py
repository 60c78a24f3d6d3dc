"""A creator who sold much to many asks for so much that two people have to agree before it leaves."""

from __future__ import annotations

from datetime import datetime, timedelta

from fanzmoney.demo.history.charges import write_charges
from fanzmoney.demo.history.plan import Planned
from fanzmoney.demo.payouts.creators import Creator
from fanzmoney.demo.payouts.wishes import free, ways_of
from fanzmoney.demo.people import own_names
from foundation.errors import Refusal
from foundation.identity.models import Membership
from foundation.identity.roles import Role
from foundation.money import Money
from payouts.earnings.services import settle_day
from payouts.integrity.services import rescore
from payouts.life.models import Payout
from payouts.life.rules.amounts import is_large
from payouts.life.services import request_payout

SALES, PRICE, ASKED = 24, Money(790_00, "USD"), Money(12_400_00, "USD")
FROM_DAYS, TO_DAYS = 65, 12
SETTLED_BEFORE = timedelta(days=4)
"""On a day on which nothing else of the story settles: what a creator earned by a product does so once a day."""


def ask_for_much(one: Creator, *, at: datetime) -> Payout | None:
    """In the caller's transaction; None where a rule of the house refuses it."""
    write_charges(_sales(one, at))
    settle_day(day=at.date() - SETTLED_BEFORE, at=at, creator_id=one.party_id)
    rescore([one.party_id], reason="demo", at=at)
    way = next(way for way in ways_of(one.party_id) if way.currency == "USD")
    amount = min(ASKED, free(one.party_id, "USD"))
    if not is_large(amount):
        return None
    try:
        return request_payout(creator_id=one.party_id, amount=amount, method_id=way.pk, by=one.actor, at=at)
    except Refusal:
        return None


def _sales(one: Creator, at: datetime) -> list[Planned]:
    place = Membership.objects.get(party_id=one.party_id, role=Role.CREATOR).platform
    fans = Membership.objects.filter(platform=place, role=Role.FAN, external_id__in=own_names(Role.FAN))
    known = list(fans.order_by("external_id").values_list("party_id", flat=True))
    step = timedelta(days=FROM_DAYS - TO_DAYS) / SALES
    return [
        Planned(
            at=at - timedelta(days=FROM_DAYS) + step * number, platform_id=place.pk, number=800_000 + number,
            reference=f"custom-{one.number}-{number:03d}", fan_id=known[number % len(known)],
            creator_id=one.party_id, device=f"phone-{number % len(known) + 1}", product="media", amount=PRICE,
            is_coins=False,
        )
        for number in range(SALES)
    ]  # fmt: skip
