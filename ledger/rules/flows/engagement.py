"""Engagement share: a platform's pool of the day is divided by counted interactions."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from foundation.money import Money
from ledger import chart
from ledger.rules.legs import Leg, Legs
from ledger.types import AccountKey

SOURCE = "engagement"


def fund(platform_id: UUID, amount: Money, product: str = SOURCE) -> Legs:
    """A platform sets a part of its income aside for the day's pool."""
    return (
        Leg(
            "engagement.funded", chart.revenue(platform_id, product, amount.currency), pool(platform_id, amount), amount
        ),
    )


def share(platform_id: UUID, amount: Money, counted: Mapping[UUID, int]) -> Legs:
    """Every creator gets the part of the pool that the counted interactions say; the parts add up to the last cent."""
    creators = sorted(creator for creator, interactions in counted.items() if interactions)
    if not creators:
        return ()
    parts = amount.allocate(*(counted[creator] for creator in creators))
    legs: list[Leg] = []
    for creator, part in zip(creators, parts, strict=True):
        earned, pending = (
            chart.earning_line(purpose, creator, platform_id, SOURCE, amount.currency)
            for purpose in ("earned", "pending")
        )
        legs += [
            Leg("engagement.shared", pool(platform_id, amount), earned, part),
            Leg("engagement.earned", earned, pending, part),
        ]
    return tuple(legs)


def pool(platform_id: UUID, amount: Money) -> AccountKey:
    return chart.account("engagement", "pool", amount.currency, platform=platform_id)
