"""A sale that turned out to be none is taken back whole, the creator's part from wherever it is by now."""

from __future__ import annotations

from datetime import datetime

from foundation.actors import Actor
from foundation.events import publish
from foundation.states import move
from processors.payments import events
from processors.payments.models import Payment
from processors.payments.services.booking import book_undone
from processors.payments.states import PaymentState


def may_be_undone(payment: Payment) -> bool:
    return payment.state == PaymentState.CAPTURED and not payment.refunds_minor and not payment.disputed_minor


def take_back(payment: Payment, *, to: PaymentState, reason: str, by: Actor, at: datetime) -> None:
    """On a payment that is held."""
    book_undone(payment, at=at)
    amount = payment.captured_minor
    move(payment, to=to, by=by, reason=reason, at=at, captured_minor=0, captured_at=None)
    publish(events.CaptureUndone(payment.pk, payment.platform_id, amount, payment.currency), key=payment)
