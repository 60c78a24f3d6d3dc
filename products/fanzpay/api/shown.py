"""Payments, refunds and subscriptions as their platform reads them: people and content by its own ids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from foundation.http.parsers import PlainJSONRenderer
from foundation.http.serializers import spelled
from foundation.idempotency.services import Reply
from foundation.identity.selectors import external_ids_of
from processors.payments.states import PaymentState, RefundState
from processors.payments.types import PaymentView, RefundView, SubscriptionView
from products.content.selectors import external_ids_of_content
from products.fanzpay.api.serializers import PaymentOut, RefundOut

P, R = PaymentState, RefundState
OPEN_PAYMENTS = frozenset(map(str, (P.CREATED, P.ROUTED, P.PROCESSING, P.UNKNOWN, P.IN_REVIEW)))
OPEN_REFUNDS = frozenset(map(str, (R.REQUESTED, R.APPROVED, R.PREPARED, R.SENT, R.PENDING, R.UNKNOWN, R.MANUAL_DUE)))
"""What becomes of these is told later: 202."""


def is_known(payment: PaymentView) -> bool:
    return payment.state not in OPEN_PAYMENTS


def is_over(refund: RefundView) -> bool:
    return refund.state not in OPEN_REFUNDS


def payments_shown(found: Iterable[PaymentView], platform_id: UUID) -> list[dict[str, Any]]:
    views = list(found)
    people = external_ids_of((id for one in views for id in (one.fan_id, one.creator_id)), platform_id=platform_id)
    content = external_ids_of_content((one.content_id for one in views), platform_id=platform_id)
    return [_payment(one, people, content) for one in views]


def payment_shown(view: PaymentView) -> dict[str, Any]:
    return payments_shown([view], view.platform_id)[0]


def _payment(one: PaymentView, people: dict[UUID, str], content: dict[UUID, str]) -> dict[str, Any]:
    kept = (
        "id", "reference", "state", "product", "amount", "tax", "captured", "refunded", "disputed", "refundable",
        "method", "description", "subscription_id", "created_at", "captured_at", "expires_at", "review_until",
    )  # fmt: skip
    return {name: getattr(one, name) for name in kept} | {
        "fan": people.get(one.fan_id), "creator": people.get(one.creator_id), "coin": one.coin or None,
        "card": one.card if one.card and one.card.last4 else None,
        "decline_code": one.decline_code or None, "next_action": one.action,
        "content_id": content.get(one.content_id) if one.content_id else None,
    }  # fmt: skip


def refund_shown(one: RefundView) -> dict[str, Any]:
    kept = ("id", "payment_id", "state", "amount", "reason", "is_void", "created_at", "done_at")
    return {name: getattr(one, name) for name in kept} | {"failure_code": one.code or None}


def subscriptions_shown(found: Iterable[SubscriptionView], platform_id: UUID) -> list[dict[str, Any]]:
    views = list(found)
    people = external_ids_of((id for one in views for id in (one.fan_id, one.creator_id)), platform_id=platform_id)
    kept = (
        "id", "reference", "state", "amount", "tax", "period_days", "failures", "created_at", "paid_until",
        "cancelled_at",
    )  # fmt: skip
    return [
        {name: getattr(one, name) for name in kept}
        | {"fan": people.get(one.fan_id), "creator": people.get(one.creator_id)}
        for one in views
    ]


def payment_reply(view: PaymentView) -> Reply:
    """201 for what is known, be it a refusal; 202 while it is not."""
    return reply(
        spelled(PaymentOut, payment_shown(view)), 201 if is_known(view) else 202, f"/api/v1/payments/{view.id}"
    )


def refund_reply(view: RefundView) -> Reply:
    return reply(spelled(RefundOut, refund_shown(view)), 201 if is_over(view) else 202, f"/api/v1/refunds/{view.id}")


def reply(data: Any, status: int, location: str) -> Reply:
    return Reply(status, PlainJSONRenderer().render(data), {"Location": location})
