"""Endpoints, news about payments, and rounds of sending."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from foundation import clock
from foundation.events import publish
from foundation.hooks.models import Delivery, Endpoint
from foundation.hooks.services import create_endpoint
from foundation.hooks.worker import Sending
from foundation.identity.roles import Role
from processors.payments import events
from processors.payments.models import Payment
from tests.cast import HOUSE, member, platform
from tests.hearing import hear
from tests.hooks.receiver import Receiver

TOPICS = ("txn.auth", "txn.capture", "txn.refund", "txn.dispute", "payout.frozen", "payout.paid")


def endpoint(receiver: Receiver, *, slug: str = "boyfanz", topics: Any = TOPICS) -> Endpoint:
    """This receiver, registered by its platform."""
    made = create_endpoint(platform_id=platform(slug).pk, url=receiver.url, topics=topics, by=HOUSE, at=clock.now())
    receiver.secret = made.secret
    return made.endpoint


def payment(slug: str = "boyfanz") -> Payment:
    there = platform(slug)
    return Payment.objects.create(
        reference=f"order-{uuid4().hex[:8]}", product="ppv", method="card", platform=there, created_at=clock.now(),
        fan=member("sam", Role.FAN, slug).party, creator=member("maya", slug=slug).party, amount_minor=999,
        currency="USD",
    )  # fmt: skip


def authorised(one: Payment, times: int = 1, *, is_heard: bool = True) -> None:
    """This payment tells the same again, under its next number."""
    with transaction.atomic():
        for _ in range(times):
            publish(
                events.PaymentAuthorised(
                    one.pk, one.platform_id, one.fan_id, one.creator_id, "secret-provider", 999, "USD"
                ),
                key=one,
            )
    if is_heard:
        hear("hooks")


def send_all() -> None:
    """Everything that is due now and becomes due by that."""
    with closing(Sending()) as sending:
        while sending.turn():
            pass


def later(**ahead: int) -> None:
    clock.move_clock(ahead=timedelta(**ahead))


def states(one: Endpoint) -> list[str]:
    return [
        str(state) for state in Delivery.objects.filter(endpoint=one).order_by("id").values_list("state", flat=True)
    ]


def the_delivery(id: UUID | None = None) -> Delivery:
    return Delivery.objects.get(pk=id) if id else Delivery.objects.get()
