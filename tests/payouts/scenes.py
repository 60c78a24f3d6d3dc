"""Sales of the past for stories about scores: rows as the services leave them, without the books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F

from foundation.ids import uuid7
from processors.payments.giving_back import Dispute
from processors.payments.models import Payment
from processors.payments.states import PaymentState
from tests.cast import member, platform


@dataclass(frozen=True)
class Sold:
    at: datetime
    minor: int = 10_00
    product: str = "ppv"
    currency: str = "USD"
    fan: str = "sam"
    creator: str = "maya"
    refunded: int = 0
    is_counted: bool = True


def sell(*sales: Sold) -> list[Payment]:
    people = {name: member(name, role).party_id for name, role in {pair for one in sales for pair in _named(one)}}
    rows = [
        Payment(
            id=uuid7(), platform=platform(), fan_id=people[one.fan], creator_id=people[one.creator],
            reference=f"past-{uuid7()}", product=one.product, amount_minor=one.minor, currency=one.currency,
            method="card", created_at=one.at, captured_minor=one.minor, captured_at=one.at, refunds_minor=one.refunded,
            is_counted=one.is_counted, sale_journal=uuid7(),
        )
        for one in sales
    ]  # fmt: skip
    made = Payment.objects.bulk_create(rows)
    Payment.objects.filter(pk__in=[row.pk for row in made]).update(
        state=PaymentState.CAPTURED, version=F("version") + 1
    )
    return made


def taken_back(payment: Payment, at: datetime, *, minor: int | None = None) -> Dispute:
    return Dispute.objects.create(
        payment=payment, platform_id=payment.platform_id, provider="till", provider_ref=f"cb-{uuid7()}",
        amount_minor=minor or payment.amount_minor, currency=payment.currency, opened_at=at,
    )  # fmt: skip


def maya() -> UUID:
    return member("maya").party_id


def _named(one: Sold) -> tuple[tuple[str, str], tuple[str, str]]:
    return (one.fan, "fan"), (one.creator, "creator")
