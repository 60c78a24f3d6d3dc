"""`bench payments`: how fast fans are charged, and how soon what a provider tells is true.

The callers, the sandbox, the servers and the house share one machine: every figure carries what the others cost.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

from django.conf import settings

from fanzmoney.launcher.gateways import FILE, read_gateways
from fanzmoney.trials.load import Call, Stream, load
from fanzmoney.trials.running_house import CREATORS, FANS, RunningHouse, running_house
from foundation import clock
from foundation.benches import Goal, Measure, bench, length, percentile
from processors.gateways.ccbill.values import proof_digest
from processors.webhooks.models import ProviderTold, WebhookCall
from processors.webhooks.states import CallState

GATEWAY_MS = 5
RATE, RATE_SECONDS = 50, 20
CEILING_CALLERS, CEILING_SECONDS = 16, 10
TOLD_RATE, RATE_MEANWHILE = 200, 10
PATIENCE_SECONDS = 60

payments = bench("payments")


def purchases() -> Mapping[str, float]:
    """Cards are charged over HTTP at a steady rate, then by as many callers as saturate the house."""
    seconds = min(length.seconds, RATE_SECONDS)
    with running_house() as house:
        house.latency("ccbill", GATEWAY_MS)
        orders = _orders(house, with_token=True)
        load(house.port, [Stream(_some(orders, 60), rate=20)])
        (steady,) = load(house.port, [Stream(_some(orders, RATE * seconds), rate=RATE, keeps_answers=True)])
        _refuse_unless("CAPTURED", steady.answers)
        most = _some(orders, 300 * CEILING_SECONDS)
        ends_after = min(length.seconds, CEILING_SECONDS)
        (saturated,) = load(house.port, [Stream(most, callers=CEILING_CALLERS, seconds=ends_after, keeps_answers=True)])
        _refuse_unless("CAPTURED", saturated.answers)
    return {
        "PAY1.p95": percentile(steady.milliseconds, 0.95),
        "PAY1.refused": steady.refused,
        "PAY1.ceiling": saturated.taken / saturated.seconds,
    }


def told() -> Mapping[str, float]:
    """Fans paid on the provider's own page, which tells of each sale once; others are charged meanwhile."""
    with running_house() as house:
        house.latency("ccbill", GATEWAY_MS)
        orders = _orders(house, with_token=True)
        pages = _some(_orders(house, with_token=False), TOLD_RATE * length.seconds)
        (opened,) = load(house.port, [Stream(pages, callers=8, keeps_answers=True)])
        _refuse_unless("REQUIRES_ACTION", opened.answers)
        _settle_down(clock.now(), 0)
        began = clock.now()
        webhooks, meanwhile = load(
            house.port,
            [
                Stream([_sale_told(json.loads(answer)) for answer in opened.answers], rate=TOLD_RATE, callers=400),
                Stream(_some(orders, RATE_MEANWHILE * length.seconds), rate=RATE_MEANWHILE),
            ],
        )
        waited = _settle_down(began, webhooks.taken)
    return {
        "PAY2.acknowledged": percentile(webhooks.milliseconds, 0.99),
        "PAY2.refused": webhooks.refused,
        "PAY2.applied": percentile(waited, 0.99),
        "PAY2.api": percentile(meanwhile.milliseconds, 0.95),
    }


def _orders(house: RunningHouse, *, with_token: bool) -> Iterator[Call]:
    """Every platform in turn, and on each its fans."""
    for number, (slug, bearer) in enumerate(itertools.cycle(house.bearers.items())):
        key = uuid4().hex
        turn = number // len(house.bearers)
        order = {
            "reference": f"order-{key}", "fan": f"bench-fan{turn % FANS}",
            "creator": f"bench-creator{turn % CREATORS}", "product": "ppv", "amount_minor": 999, "currency": "USD",
            "method": "card", "device": f"{slug}-{turn % FANS}",
        }  # fmt: skip
        if with_token:
            order["token"] = f"testtokenapproved{key}"
        yield Call("/api/v1/payments", json.dumps(order), {"Authorization": f"Bearer {bearer}", "Idempotency-Key": key})


def _some(orders: Iterator[Call], count: int) -> list[Call]:
    return list(itertools.islice(orders, count))


def _sale_told(payment: Mapping[str, Mapping[str, str]]) -> Call:
    """CCBill's own word that the buyer paid, with its proof."""
    fields = parse_qs(urlsplit(payment["next_action"]["url"]).query)
    number = str(uuid4().int)[:19]
    said = {
        "eventType": "NewSaleSuccess", "clientAccnum": fields["clientAccnum"][0],
        "clientSubacc": fields["clientSubacc"][0], "subscriptionId": number, "transactionId": f"1{number}",
        "billedInitialPrice": fields["initialPrice"][0], "billedCurrency": "USD", "billedCurrencyCode": "840",
        "paymentType": "CREDIT", "cardType": "VISA", "bin": "411111", "last4": "1111", "expDate": "0331",
        "paymentAccount": uuid4().hex, "X-reference": fields["reference"][0],
        "dynamicPricingValidationDigest": proof_digest(number, approved=True, salt=_salt()),
    }  # fmt: skip
    return Call("/webhooks/ccbill/", urlencode(said), content_type="application/x-www-form-urlencoded")


def _salt() -> str:
    return str(read_gateways(settings.STATE_DIR / FILE)["ccbill"]["salt"])


def _settle_down(since: datetime, count: int) -> list[float]:
    """Seconds from hearing to applied, of what was told and proved; what is not done yet waited until now at least."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    heard = ProviderTold.objects.filter(is_proved=True, received_at__gte=since)
    while time.monotonic() < deadline:
        waiting = WebhookCall.objects.filter(state=CallState.RECEIVED).exists()
        if not waiting and heard.filter(done_at=None).count() == 0 and heard.count() >= count:
            break
        time.sleep(0.5)
    now = datetime.now(UTC)
    waited = [
        ((done or now) - received).total_seconds() for received, done in heard.values_list("received_at", "done_at")
    ]
    return waited + [(now - since).total_seconds()] * (count - len(waited))


def _refuse_unless(state: str, answers: list[str]) -> None:
    for answer in answers:
        if json.loads(answer)["state"] != state:
            raise RuntimeError(f"this is not {state}: {answer[:300]}")


payments.add(
    "purchases",
    Measure(
        purchases,
        [
            Goal(
                "PAY1.p95", f"A purchase over the API at {RATE}/s, the provider taking {GATEWAY_MS} ms, p95", "ms", 60
            ),
            Goal("PAY1.refused", "Of them told to come again", "purchases", 0, "exactly"),
            Goal("PAY1.ceiling", "Purchases when saturated", "purchases/s", RATE, "at least"),
        ],
        runs=2,
    ),
)
payments.add(
    "told",
    Measure(
        told,
        [
            Goal("PAY2.acknowledged", f"Webhooks at {TOLD_RATE}/s, each a sale: acknowledged, p99", "ms", 100),
            Goal("PAY2.refused", "Of them told to come again", "webhooks", 0, "exactly"),
            Goal("PAY2.applied", "The same: from received to captured and booked, p99", "s", 2),
            Goal("PAY2.api", f"A purchase over the API meanwhile, at {RATE_MEANWHILE}/s, p95", "ms", 300),
        ],
        runs=1,
    ),
)
