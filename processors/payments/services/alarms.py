"""Calling a person, through the news."""

from __future__ import annotations

from foundation.events import publish
from processors.payments import events
from processors.payments.models import Payment


def alarm(payment: Payment, name: str, detail: str) -> None:
    """Finance hears of it once it is committed."""
    publish(events.PaymentAlarm(payment.pk, payment.platform_id, name, detail[:300]), key=payment)
