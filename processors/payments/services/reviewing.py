"""A payment that a person looks at before anything is charged. Neither side waits for ever: it ends at its deadline."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.approvals.services import request_approval
from foundation.events import publish
from foundation.states import move
from processors.payments import events
from processors.payments.endings import tell_ended
from processors.payments.errors import refusal
from processors.payments.models import ChargeWarrant, Payment
from processors.payments.services.asking import asker_of
from processors.payments.services.attempting import add_attempt, check_chargeable
from processors.payments.services.rechecking import refuse_no_longer_chargeable
from processors.payments.services.renewals import note_failed_renewal
from processors.payments.services.routing import usable_warrant
from processors.payments.states import AttemptState, PaymentState

REVIEW = "payment.review"


def park_for_review(*, payment_id: UUID, warrant_id: UUID, token: str = "", by: Actor, at: datetime) -> Payment:
    """Park a payment before the charge and put it before a person, inside the caller's transaction.

    The attempt is written down with its token, and leaves only when somebody allowed it.
    """
    payment = Payment.objects.locked(payment_id)
    check_chargeable(payment)
    warrant = usable_warrant(payment, warrant_id, ChargeWarrant.Verdict.REVIEW, at)
    attempt = add_attempt(payment, warrant, token=token, by=by, at=at, lease=False)
    payment.merchant_account_id = attempt.merchant_account_id
    approval = request_approval(
        kind=REVIEW, payload={"payment_id": str(payment.pk)}, reason=_why(warrant), by=asker_of(by), at=at
    )
    move(
        payment, to=PaymentState.IN_REVIEW, by=by, reason=_why(warrant), at=at, review_until=approval.expires_at,
        approval_id=approval.pk, routing=payment.routing, merchant_account_id=attempt.merchant_account_id,
    )  # fmt: skip
    publish(
        events.PaymentInReview(
            payment.pk, payment.platform_id, payment.amount_minor, payment.currency, approval.pk, approval.expires_at
        ),
        key=payment,
    )
    return payment


def charge_reviewed(*, payment_id: UUID, by: Actor, at: datetime) -> Payment:
    """Somebody allowed it: the attempt leaves as soon as anybody sends what is due.

    Refuses what does not wait, and what may not be charged any more.
    """
    with transaction.atomic():
        payment = Payment.objects.locked(payment_id)
        if payment.state != PaymentState.IN_REVIEW:
            raise refusal("payments.not_in_review", state=payment.state)
        prepared = payment.attempts.filter(state=AttemptState.PREPARED)
        for attempt in prepared:
            refuse_no_longer_chargeable(payment, attempt)
        move(payment, to=PaymentState.ROUTED, by=by, reason="allowed", at=at)
        prepared.update(send_at=at)
        _tell(payment, "charge")
    return payment


def cancel_reviewed(
    *, payment_id: UUID, reason: str, by: Actor, at: datetime, to: PaymentState = PaymentState.CANCELLED
) -> Payment:
    """Somebody refused it, or nobody decided in time: nothing is charged. One that does not wait stays as it is."""
    with transaction.atomic():
        payment = Payment.objects.locked(payment_id)
        if payment.state != PaymentState.IN_REVIEW:
            return payment
        move(payment, to=to, by=by, reason=reason, at=at, decline_code=reason[:40])
        for attempt in payment.attempts.filter(state=AttemptState.PREPARED):
            move(
                attempt, to=AttemptState.ANSWERED, by=by, reason=reason, at=at, result="not_sent", token="",
                repair_at=None,
            )  # fmt: skip
        _tell(payment, "expired" if to is PaymentState.EXPIRED else "cancel")
        tell_ended(payment.pk)
        publish(events.PaymentEnded(payment.pk, payment.platform_id, str(to), reason), key=payment)
        if payment.subscription_id:
            note_failed_renewal(payment, reason, None, by=by, at=at)
    return payment


def _why(warrant: ChargeWarrant) -> str:
    return ("; ".join(str(reason) for reason in warrant.reasons) or "the judgement asks for a person")[:500]


def _tell(payment: Payment, outcome: str) -> None:
    publish(events.PaymentReviewed(payment.pk, payment.platform_id, outcome), key=payment)
