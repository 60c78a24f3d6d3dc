"""Rows as other rooms see them."""

from __future__ import annotations

from foundation.money import Money
from processors.gateways.base import gateways
from processors.payments.directory import directory
from processors.payments.giving_back import Refund
from processors.payments.models import Payment, Subscription
from processors.payments.states import RefundState
from processors.payments.types import CardShown, PaymentView, RefundView, SubscriptionView


def view_of(payment: Payment) -> PaymentView:
    card = payment.instrument
    way = directory().ways.get(payment.merchant_account_id or "")
    return PaymentView(
        id=payment.pk,
        platform_id=payment.platform_id,
        fan_id=payment.fan_id,
        creator_id=payment.creator_id,
        reference=payment.reference,
        product=payment.product,
        content_id=payment.content_id,
        subscription_id=payment.subscription_id,
        method=payment.method,
        coin=payment.coin,
        description=payment.description,
        state=str(payment.state),
        amount=payment.amount,
        tax=Money(payment.tax_minor, payment.currency),
        captured=Money(payment.captured_minor, payment.currency),
        refunded=Money(payment.refunds_minor, payment.currency),
        disputed=Money(payment.disputed_minor, payment.currency),
        refundable=payment.refundable,
        merchant=payment.merchant_account_id,
        provider=way.provider if way else "",
        action=payment.action,
        decline_code=payment.decline_code,
        card=CardShown(card.brand, card.last4, card.expires) if card else None,
        is_counted=payment.is_counted,
        is_paid_back_twice=payment.is_paid_back_twice,
        created_at=payment.created_at,
        captured_at=payment.captured_at,
        expires_at=payment.expires_at,
        review_until=payment.review_until,
    )


def view_of_refund(refund: Refund) -> RefundView:
    return RefundView(
        id=refund.pk,
        payment_id=refund.payment_id,
        platform_id=refund.platform_id,
        reference=refund.reference,
        state=str(refund.state),
        amount=refund.amount,
        reason=refund.reason,
        origin=refund.origin,
        is_void=refund.is_void,
        approval_id=refund.approval_id,
        code=refund.code,
        proof=refund.proof,
        requested_by=refund.requested_by,
        provider=refund.provider,
        is_undecided=refund.state == RefundState.UNKNOWN and refund.repair_at is None,
        is_from_treasury=refund.provider in gateways and gateways.find(refund.provider).capabilities.is_treasury,
        created_at=refund.created_at,
        done_at=refund.done_at,
    )


def view_of_subscription(row: Subscription) -> SubscriptionView:
    return SubscriptionView(
        id=row.pk,
        platform_id=row.platform_id,
        fan_id=row.fan_id,
        creator_id=row.creator_id,
        reference=row.reference,
        state=str(row.state),
        amount=Money(row.amount_minor, row.currency),
        tax=Money(row.tax_minor, row.currency),
        period_days=row.period_days,
        billed_by=row.billed_by,
        merchant=row.merchant_account_id,
        instrument_id=row.instrument_id,
        failures=row.failures,
        created_at=row.created_at,
        paid_until=row.paid_until,
        cancelled_at=row.cancelled_at,
        retry_at=row.retry_at,
    )
