"""Taking a whole charge back before the provider settles it, and undoing one that vanished."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.states import move
from processors.gateways.base import gateways
from processors.gateways.types import Operation
from processors.payments.errors import refusal
from processors.payments.giving_back import Refund
from processors.payments.models import Attempt, Payment
from processors.payments.rules import repairing
from processors.payments.rules.giving_back import why_not_void
from processors.payments.services.held import raise_given_back, taken
from processors.payments.services.refunding import charge_of, new_refund
from processors.payments.services.undoing import may_be_undone, take_back
from processors.payments.states import AttemptState, PaymentState, RefundState

R = RefundState


def void_payment(*, payment_id: UUID, reason: str, by: Actor, at: datetime) -> Refund:
    """Ask for the whole charge back before it settles, inside the caller's transaction; send it with `send_refund`.

    Refuses what has settled, was refunded or disputed in part, and a provider that cannot.
    """
    if not reason.strip():
        raise refusal("payments.reason_missing")
    payment = Payment.objects.locked(payment_id)
    charge = charge_of(payment)
    can = gateways.find(charge.provider).capabilities
    code = why_not_void(taken(payment), payment.captured_at, can.settles_after_days, at)
    if code or Operation.VOID not in can.operations:
        raise refusal(code or "payments.not_voidable", state=payment.state)
    refund = new_refund(payment, payment.amount, reason, by=by, at=at, is_void=True)
    move(refund, to=R.APPROVED, by=by, reason=reason, at=at)
    raise_given_back(payment, refunds=refund.amount_minor)
    move(refund, to=R.PREPARED, by=by, at=at, repair_at=at + repairing.LEASE)
    return refund


def undo_capture(*, payment_id: UUID, reason: str, by: Actor, at: datetime) -> Payment:
    """A transfer that was confirmed is not any more: the sale is taken back, and the payment waits for it again.

    Conflict when it was refunded or disputed meanwhile: a person has to look.
    """
    with transaction.atomic():
        payment = Payment.objects.locked(payment_id)
        if not may_be_undone(payment):
            raise refusal("payments.undo_too_late", state=payment.state)
        attempt = charge_of(payment)
        take_back(payment, to=PaymentState.REQUIRES_ACTION, reason=reason, by=by, at=at)
        Attempt.objects.filter(pk=attempt.pk).update(result="pending")
        if attempt.state == AttemptState.ANSWERED:
            move(attempt, to=AttemptState.REPAIRED, by=by, reason=reason, at=at)
    return payment
