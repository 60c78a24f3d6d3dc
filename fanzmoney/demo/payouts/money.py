"""What creators of the demo may be paid: earnings that settled, and coins they changed some of them into."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from fanzmoney.demo.payouts.creators import Creator
from fanzmoney.demo.payouts.wishes import free
from foundation.ids import named_id
from foundation.money import Money
from ledger import chart
from ledger.flows import post_legs
from ledger.rules.flows import fx
from payouts.earnings.services import settle_day
from payouts.integrity.services import rescore_all

SOURCE = "demo rate"
COIN = "USDC"


def settle(*, back: int, at: datetime) -> None:
    """Let settle what was ripe so many days ago. Called outside of any transaction but a rehearsal's."""
    settle_day(day=(at - timedelta(days=back)).date(), at=at)


def score_everybody(at: datetime) -> None:
    rescore_all(reason="demo", at=at)


def change_into_coins(one: Creator, *, at: datetime, percent: int = 30) -> None:
    """Some creators like to be paid in coins: a part of their dollars becomes dollar coins, once."""
    minor = free(one.party_id, "USD").minor * percent // 100
    if minor < 25_00:
        return
    rate = fx.Rate("USD", COIN, 1, 1, at.date(), SOURCE)
    legs = fx.convert(
        chart.creator("available", one.party_id, "USD"), chart.creator("available", one.party_id, COIN),
        Money(minor, "USD"), rate,
    )  # fmt: skip
    with transaction.atomic():
        post_legs(journal_id=conversion_of(one.party_id), legs=legs)


def conversion_of(creator_id: UUID) -> UUID:
    return named_id("demo.conversion", creator_id)
