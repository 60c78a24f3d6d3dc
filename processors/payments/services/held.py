"""The payment's row is the one lock: whoever touches its attempts, refunds or disputes holds it first."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from foundation import clock, rows
from foundation.money import Money
from processors.gateways.types import Result
from processors.payments.errors import refusal
from processors.payments.giving_back import Dispute, Refund
from processors.payments.models import Attempt, Payment
from processors.payments.rules.giving_back import Taken
from processors.payments.states import AttemptState, PaymentState

HOLDING = "self"
OTHER_TIMES = timedelta(hours=1)


def hold_attempt(attempt_id: UUID) -> tuple[Payment, Attempt]:
    """The attempt with its payment, held; NotFound."""
    held = rows.hold_two(Payment, Attempt, "two.payment_id = one.id AND two.id = %s", attempt_id)
    if held is None:
        raise refusal("payments.not_found")
    return held


def is_next_try(payment: Payment, attempt: Attempt) -> bool:
    """Whether it follows one that was certainly not taken, while the payment is still under way."""
    if payment.state != PaymentState.PROCESSING or attempt.state != AttemptState.PREPARED:
        return False
    before = payment.attempts.filter(number=attempt.number - 1).values_list("result", flat=True)
    return before.first() in (Result.DECLINED, Result.NOT_SENT)


def hold_refund(refund_id: UUID) -> tuple[Payment, Refund]:
    payment = Payment.objects.filter(refunds=refund_id).select_for_update(of=(HOLDING,)).first()
    if payment is None:
        raise refusal("payments.no_refund")
    return payment, Refund.objects.get(pk=refund_id)


def hold_dispute(dispute_id: UUID) -> tuple[Payment, Dispute]:
    payment = Payment.objects.filter(disputes=dispute_id).select_for_update(of=(HOLDING,)).first()
    if payment is None:
        raise refusal("payments.no_dispute")
    return payment, Dispute.objects.get(pk=dispute_id)


def taken(payment: Payment) -> Taken:
    return Taken(
        PaymentState(payment.state),
        Money(payment.captured_minor, payment.currency),
        Money(payment.refunds_minor, payment.currency),
        Money(payment.disputed_minor, payment.currency),
    )


def raise_given_back(payment: Payment, *, refunds: int = 0, disputed: int = 0) -> None:
    """Change what is given back or under way, and with it whether that is more than was taken."""
    payment.refunds_minor += refunds
    payment.disputed_minor += disputed
    payment.is_paid_back_twice = taken(payment).is_paid_back_twice
    Payment.objects.filter(pk=payment.pk).update(
        refunds_minor=payment.refunds_minor,
        disputed_minor=payment.disputed_minor,
        is_paid_back_twice=payment.is_paid_back_twice,
    )


def effective(at: datetime) -> datetime | None:
    """When a posting counts: named only for facts of another time."""
    return at if abs(clock.now() - at) > OTHER_TIMES else None
