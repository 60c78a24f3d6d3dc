"""`bench payouts --only freeze`: how long after a fact commits it has stopped what it stops, by the runner of `up`."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import cycle, islice
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from fanzmoney.launcher.servers import manage
from fanzmoney.trials.payout_faults.outside import Rails
from fanzmoney.trials.payout_faults.scene import Scene
from foundation import clock
from foundation.actors import system
from foundation.benches import Goal, Measure, bench, percentile
from foundation.events import publish
from foundation.identity.models import Party, Platform
from foundation.ids import uuid7
from foundation.restrictions.services import place_restriction
from foundation.restrictions.types import Kind
from payouts.freezes.models import Freeze
from payouts.freezes.states import STOPS
from payouts.integrity.services import rescore
from processors.payments.events import DisputeOpened, PaymentRefunded
from processors.payments.giving_back import Dispute
from processors.payments.models import Payment

WARM_UP, FACTS, SALES, FANS = 6, 51, 100, 10
DISPUTED, REFUNDED = 1, 30
"""So many stop nothing yet; one more does."""
PATIENCE_SECONDS, LOOK_AGAIN_SECONDS = 30.0, 0.005
BY = system("bench")
Cause = Callable[[list[Payment]], None]


def freeze() -> Mapping[str, float]:
    """Disputes, refunds and news of accounts in turn, each of a creator with a payout in escrow, at odd moments."""
    chance = random.Random(1)  # noqa: S311
    causes = list(islice(cycle((_dispute, _refund, _restrict)), WARM_UP + FACTS))
    sold = [_creator() for _ in causes]
    stopped_before = sum(_is_stopped(sales[0].creator_id) for sales in sold)
    with _runner():
        waits = [_seconds_until_stopped(cause, sales, chance) for cause, sales in zip(causes, sold, strict=True)]
    took = waits[WARM_UP:]
    late = [seconds for seconds in took if seconds >= PATIENCE_SECONDS]
    return {"freeze": percentile(took, 0.95), "freeze.wrong": float(stopped_before + len(late))}


def _seconds_until_stopped(cause: Cause, sales: list[Payment], chance: random.Random) -> float:
    time.sleep(chance.uniform(0, 0.3))
    cause(sales)
    committed = time.perf_counter()
    while not _is_stopped(sales[0].creator_id) and time.perf_counter() - committed < PATIENCE_SECONDS:
        time.sleep(LOOK_AGAIN_SECONDS)
    return time.perf_counter() - committed


def _is_stopped(creator_id: UUID) -> bool:
    return Freeze.objects.filter(creator_id=creator_id, state__in=STOPS).exists()


@transaction.atomic
def _dispute(sales: list[Payment]) -> None:
    one = sales[-1]
    row = _take_back(one)
    event = DisputeOpened(
        one.pk, one.platform_id, row.pk, one.fan_id, one.creator_id, "bench", one.amount_minor, one.currency, "fraud",
        False,
    )  # fmt: skip
    publish(event, key=one)


@transaction.atomic
def _refund(sales: list[Payment]) -> None:
    one = sales[-1]
    _give_back(sales[-1:])
    event = PaymentRefunded(
        one.pk, one.platform_id, uuid7(), one.fan_id, one.creator_id, one.amount_minor, one.currency, one.amount_minor,
        "bench", False,
    )  # fmt: skip
    publish(event, key=one)


def _restrict(sales: list[Payment]) -> None:
    place_restriction(
        party_id=sales[0].creator_id, kind=Kind.PAYOUTS_BLOCKED, source="bench", reason="bench", by=BY, at=clock.now()
    )


def _creator() -> list[Payment]:
    """Somebody whose payout waits in escrow, with sales of a quarter, some of them taken or given back; the sales."""
    creator_id = Scene(Rails("")).waiting().creator_id
    platform, at = Platform.objects.get(slug="boyfanz"), clock.now()
    fans = Party.objects.bulk_create(Party() for _ in range(FANS))
    rows = Payment.objects.bulk_create(
        Payment(
            id=uuid7(), platform=platform, fan_id=fans[n % FANS].pk, creator_id=creator_id,
            reference=f"bench-{uuid7()}", product="ppv", amount_minor=10_00, currency="USD", method="card",
            captured_minor=10_00, created_at=at - timedelta(days=80 * (SALES - n) / SALES),
            captured_at=at - timedelta(days=80 * (SALES - n) / SALES), sale_journal=uuid7(),
        )
        for n in range(SALES)
    )  # fmt: skip
    mine = Payment.objects.filter(pk__in=[row.pk for row in rows])
    mine.update(state="CAPTURED", version=F("version") + 1)
    for row in rows[:DISPUTED]:
        _take_back(row)
    _give_back(rows[:REFUNDED])
    rescore([creator_id], reason="bench", at=at)
    return rows


def _take_back(one: Payment) -> Dispute:
    return Dispute.objects.create(
        payment=one, platform_id=one.platform_id, provider="bench", provider_ref=f"cb-{one.pk}",
        amount_minor=one.amount_minor, currency=one.currency, opened_at=clock.now(),
    )  # fmt: skip


def _give_back(some: list[Payment]) -> None:
    Payment.objects.filter(pk__in=[one.pk for one in some]).update(refunds_minor=F("amount_minor"))


@contextmanager
def _runner() -> Iterator[None]:
    process = subprocess.Popen(  # noqa: S603 - our own program
        [*manage(settings.BASE_DIR), "runner"], cwd=settings.BASE_DIR, env=dict(os.environ), stdout=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)


bench("payouts").add(
    "freeze",
    Measure(
        freeze,
        [
            Goal("freeze", f"From a fact's commit to the freeze it causes, p95 of {FACTS}", "s", 1),
            Goal("freeze.wrong", "Stopped by nothing, or never", "creators", 0, "exactly"),
        ],
        runs=1,
    ),
)
