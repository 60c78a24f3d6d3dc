"""A payment that is given up before any money moved."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.events import publish
from foundation.states import move
from processors.payments import events
from processors.payments.endings import tell_ended
from processors.payments.errors import refusal
from processors.payments.models import Payment
from processors.payments.services.renewals import note_failed_renewal
from processors.payments.services.reviewing import cancel_reviewed
from processors.payments.states import AttemptState, PaymentState

P = PaymentState
WITHOUT_A_PROVIDER = (P.CREATED, P.ROUTED)


def cancel_payment(*, payment_id: UUID, reason: str, by: Actor, at: datetime) -> Payment:
    """Give a payment up: one that is not sent, that waits for a person, or for a buyer who has not paid.

    Refuses one that is with a provider or over; cancelled again, the first stands. Should a buyer pay all the same,
    the provider's proof of it is stronger.
    """
    with transaction.atomic():
        payment = Payment.objects.locked(payment_id)
        if payment.state == P.CANCELLED:
            return payment
        if payment.state == P.IN_REVIEW:
            return cancel_reviewed(payment_id=payment_id, reason=reason, by=by, at=at)
        if payment.state == P.UNKNOWN:
            raise refusal("payments.unknown", retryable=True, state=payment.state)
        if payment.state not in (*WITHOUT_A_PROVIDER, P.REQUIRES_ACTION):
            raise refusal("payments.cannot_cancel", state=payment.state)
        move(payment, to=P.CANCELLED, by=by, reason=reason, at=at, action=None)
        for attempt in payment.attempts.filter(state=AttemptState.PREPARED):
            move(
                attempt, to=AttemptState.ANSWERED, by=by, reason=reason, at=at, result="not_sent", token="",
                repair_at=None,
            )  # fmt: skip
        tell_ended(payment.pk)
        publish(events.PaymentEnded(payment.pk, payment.platform_id, str(P.CANCELLED), "cancelled"), key=payment)
        if payment.subscription_id:
            note_failed_renewal(payment, "cancelled", None, by=by, at=at)
    return payment
