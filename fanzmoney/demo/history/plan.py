"""What happened on one platform on one day of the demo's past: drawn by chance, the same at every start."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from foundation.money import Money
from processors.gateways.types import Code

# How busy each platform is on a working day.
BUSY = {
    "boyfanz": 22, "girlfanz": 26, "pupfanz": 10, "daddyfanz": 14, "transfanz": 15, "taboofanz": 9, "fanztube": 20,
    "fanzcock": 12,
}  # fmt: skip
BY_HOUR = (4, 3, 2, 1, 1, 1, 2, 3, 4, 5, 6, 6, 7, 7, 7, 7, 8, 9, 11, 13, 14, 14, 11, 7)
PRICES = (4_99, 5_00, 7_50, 9_99, 9_99, 9_99, 12_00, 14_99, 14_99, 19_99, 24_99, 29_50, 39_99, 49_99, 75_00)
PRODUCTS, OFTEN = ("ppv", "tip", "media", "call", "merchandise"), (9, 8, 5, 2, 1)
CURRENCIES, MOSTLY = ("USD", "EUR", "GBP"), (8, 2, 1)
REFUSALS = (
    (Code.DO_NOT_HONOR, "24", "Transaction declined by the issuing bank."),
    (Code.INSUFFICIENT_FUNDS, "31", "Insufficient funds."),
    (Code.EXPIRED_CARD, "29", "The card has expired."),
    (Code.CVV_MISMATCH, "32", "The CVV2 does not match."),
    (Code.RISK_DECLINED, "35", "The transaction is considered risky."),
)
LOVED = (12, 7, 5, 4, 3, 3, 2, 2, 1, 1)
MONTHLY_EVERY, MONTH = 10, timedelta(days=29)
REASONS = ("The fan asked for it", "Content was not delivered", "Charged twice", "Charged by mistake")
CHARGEBACKS = ("Fraudulent transaction", "Not as described", "Not recognised")


@dataclass(frozen=True, slots=True)
class Refused:
    code: Code
    provider_code: str
    text: str


@dataclass(frozen=True, slots=True)
class GivenBack:
    at: datetime
    percent: int
    reason: str


@dataclass(frozen=True, slots=True)
class TakenBack:
    at: datetime
    reason: str
    ends_at: datetime
    is_won: bool


@dataclass(frozen=True, slots=True)
class Planned:
    """One fan wants to pay, and what comes of it."""

    at: datetime
    platform_id: UUID
    number: int
    reference: str
    fan_id: UUID
    creator_id: UUID
    device: str
    product: str
    amount: Money
    is_coins: bool
    is_monthly: bool = False
    """The first month of a subscription that still runs."""
    refused: Refused | None = None
    given_back: GivenBack | None = None
    taken_back: TakenBack | None = None


def reference_of(day: date, number: int) -> str:
    return f"past-{day:%Y%m%d}-{number:04d}"


def plan_day(
    slug: str, platform_id: UUID, day: date, *, fans: Sequence[UUID], creators: Sequence[UUID], until: datetime
) -> list[Planned]:
    """The payments of one platform on one day, in their order; nothing of it lies behind `until`."""
    chance = random.Random(f"{slug}:{day}")  # noqa: S311 - the same past at every start
    busy = BUSY.get(slug, 12) * (13 if day.weekday() >= 5 else 10) // 10
    count = max(1, chance.randint(busy * 3 // 4, busy * 5 // 4))
    midnight = datetime.combine(day, time(), tzinfo=UTC)
    hours = chance.choices(range(24), BY_HOUR, k=count)
    times = sorted(midnight + timedelta(hours=hour, seconds=chance.random() * 3600) for hour in hours)
    return [
        _planned(chance, platform_id, day, number, at, fans, creators, until)
        for number, at in enumerate(times, 1)
        if number == 1 or at < until
    ]


def _loved(chance: random.Random, creators: Sequence[UUID]) -> UUID:
    """The first ones sell most."""
    return chance.choices(creators, [LOVED[min(place, len(LOVED) - 1)] for place in range(len(creators))])[0]


def _planned(
    chance: random.Random, platform_id: UUID, day: date, number: int, at: datetime, fans: Sequence[UUID],
    creators: Sequence[UUID], until: datetime,
) -> Planned:  # fmt: skip
    who = chance.randrange(len(fans))
    fate, is_coins = chance.random(), chance.random() < 0.12
    refused = Refused(*chance.choice(REFUSALS)) if fate < 0.09 and not is_coins else None
    amount = Money(chance.choice(PRICES), chance.choices(CURRENCIES, MOSTLY)[0])
    given = GivenBack(
        at + timedelta(hours=chance.uniform(1, 60)), chance.choice((100, 100, 50)), chance.choice(REASONS)
    )  # fmt: skip
    opened_at = at + timedelta(days=chance.uniform(2, 25))
    ends_at = opened_at + timedelta(days=chance.uniform(5, 30))
    taken = TakenBack(opened_at, chance.choice(CHARGEBACKS), ends_at, chance.random() < 0.4)
    is_given = 0.09 <= fate < 0.125 and not is_coins and amount.minor < 50_00 and given.at < until
    is_taken = 0.125 <= fate < 0.135 and not is_coins and taken.at < until
    is_plain = fate >= 0.135 and not is_coins
    is_monthly = is_plain and number % MONTHLY_EVERY == 2 and at > until - MONTH
    creator_id, product = _loved(chance, creators), chance.choices(PRODUCTS, OFTEN)[0]
    return Planned(
        at=min(at, until - timedelta(minutes=1)),
        platform_id=platform_id,
        number=number,
        reference=reference_of(day, number),
        fan_id=fans[who],
        creator_id=creator_id,
        device=f"phone-{who + 1}",
        product="subscription" if is_monthly else product,
        amount=amount,
        is_coins=is_coins,
        is_monthly=is_monthly,
        refused=refused,
        given_back=given if is_given else None,
        taken_back=taken if is_taken else None,
    )
