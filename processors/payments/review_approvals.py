"""What two people agree to about payments: charging one that was parked, and refunding a large amount."""

from __future__ import annotations

from uuid import UUID

from foundation.approvals.types import Application, Description, Effect, Evidence, Payload, Side
from foundation.identity.selectors import platform_names
from processors.payments.errors import refusal
from processors.payments.giving_back import Refund
from processors.payments.models import Payment
from processors.payments.services.held import hold_refund
from processors.payments.services.refunding import LARGE, approve_refund, refuse_unrefundable
from processors.payments.services.reviewing import REVIEW, charge_reviewed
from processors.payments.states import PaymentState, RefundState

REVIEW_FIELDS = {"payment_id": str}
REFUND_FIELDS = {"refund_id": str}
__all__ = ["LARGE", "REVIEW"]


def describe_review(payload: Payload) -> Description:
    payment = _payment(payload)
    platform = platform_names()[payment.platform_id]
    return Description(
        title=f"Charge {payment.amount} for {platform}",
        subject=("processors.payment", str(payment.pk)),
        affected=Side("", payment.creator_id),
        platform_id=payment.platform_id,
        amount=payment.amount,
        effects=(
            Effect("Payment", "parked", f"charged by {payment.method}"),
            Effect("Nobody decides in time", "", "cancelled; the fan is not charged"),
        ),
        evidence=(
            Evidence("Product", payment.product),
            Evidence("Reference", payment.reference),
            Evidence("Earlier payments of this fan", str(_earlier(payment))),
        ),
    )


def recheck_review(payload: Payload) -> None:
    """Refuse a payment that is being charged or over."""
    payment = _payment(payload)
    if payment.state not in (PaymentState.CREATED, PaymentState.IN_REVIEW, PaymentState.REQUIRES_ACTION):
        raise refusal("payments.not_in_review", state=payment.state)


def apply_review(payload: Payload, under: Application) -> None:
    charge_reviewed(payment_id=UUID(payload["payment_id"]), by=under.by, at=under.at)


def describe_refund(payload: Payload) -> Description:
    refund = _refund(payload)
    payment = refund.payment
    left = payment.refundable
    return Description(
        title=f"Refund {refund.amount} of {payment.amount}",
        subject=("processors.refund", str(refund.pk)),
        affected=Side("", payment.creator_id),
        platform_id=payment.platform_id,
        amount=refund.amount,
        effects=(
            Effect("Left of the payment", str(left), str(left - refund.amount)),
            Effect("Fee", "", "ours is given back" if refund.fee_policy == "returned" else "the creator bears it"),
        ),
        evidence=(
            Evidence("Reason", refund.reason),
            Evidence("Payment", payment.reference),
            Evidence("Captured", f"{payment.captured_at:%-d %b %Y}" if payment.captured_at else "no"),
        ),
    )


def recheck_refund(payload: Payload) -> None:
    """Refuse a refund that was decided, or whose amount is not left any more."""
    refund = _refund(payload)
    if refund.state != RefundState.REQUESTED:
        raise refusal("payments.refund_not_ready", state=refund.state)
    refuse_unrefundable(refund.payment, refund.amount)


def apply_refund(payload: Payload, under: Application) -> None:
    payment, refund = hold_refund(UUID(payload["refund_id"]))
    approve_refund(payment, refund, by=under.by, at=under.at)


def _payment(payload: Payload) -> Payment:
    payment = Payment.objects.filter(pk=_id(payload, "payment_id", "payments.not_found")).first()
    if payment is None:
        raise refusal("payments.not_found")
    return payment


def _refund(payload: Payload) -> Refund:
    refund = Refund.objects.select_related("payment").filter(pk=_id(payload, "refund_id", "payments.no_refund")).first()
    if refund is None:
        raise refusal("payments.no_refund")
    return refund


def _id(payload: Payload, name: str, missing: str) -> UUID:
    try:
        return UUID(payload[name])
    except ValueError:
        raise refusal(missing) from None


def _earlier(payment: Payment) -> int:
    return Payment.objects.filter(fan_id=payment.fan_id, captured_at__isnull=False).count()
