"""Questions about payments."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from foundation.actors import Actor, ActorKind
from processors.payments.directory import merchant, merchants_of, settlement_days
from processors.payments.errors import refusal
from processors.payments.giving_back import Refund
from processors.payments.history import timeline
from processors.payments.models import Instrument, Payment, Subscription
from processors.payments.services.routing import ways_for
from processors.payments.states import PaymentState, RefundState
from processors.payments.types import PaymentView, RefundView, SubscriptionView
from processors.payments.views import view_of, view_of_refund, view_of_subscription

__all__ = [
    "count_unknown", "get_payment", "get_refund", "get_subscription", "list_payments", "list_refunds",
    "list_subscriptions", "merchant", "merchants_of", "payment_under_approval", "refund_under_approval",
    "settlement_days", "timeline",
    "ways_for",
]  # fmt: skip
EXACT = (
    "platform_id", "fan_id", "creator_id", "state", "product", "method", "reference", "merchant_account_id",
    "subscription_id", "device", "instrument_id", "currency",
)  # fmt: skip


def get_payment(payment_id: UUID, actor: Actor) -> PaymentView:
    """One payment; NotFound when it is missing or not this actor's to know of."""
    row = Payment.objects.visible_to(actor).select_related("instrument").filter(pk=payment_id).first()
    if row is None:
        raise refusal("payments.not_found")
    return view_of(row)


def list_payments(
    actor: Actor, *, since: datetime | None = None, until: datetime | None = None, before: UUID | None = None,
    limit: int = 50, **exact: Any,
) -> list[PaymentView]:  # fmt: skip
    """Newest first, of those this actor may see; `exact` names columns and the one value each has to have."""
    rows = payments_seen_by(actor, since=since, until=until, **exact)
    if before:
        rows = rows.filter(pk__lt=before)
    return [view_of(row) for row in rows[:limit]]


def payments_seen_by(
    actor: Actor, *, since: datetime | None = None, until: datetime | None = None, **exact: Any
) -> QuerySet[Payment]:
    """The same as rows, for doors that page by themselves."""
    if unknown := set(exact) - set(EXACT):
        raise TypeError(f"payments are not listed by {', '.join(sorted(unknown))}")
    rows = Payment.objects.visible_to(actor).select_related("instrument").order_by("-id")
    rows = rows.filter(**{name: value for name, value in exact.items() if value not in (None, "")})
    if since:
        rows = rows.filter(created_at__gte=since)
    return rows.filter(created_at__lt=until) if until else rows


def get_refund(refund_id: UUID, actor: Actor) -> RefundView:
    """One refund; NotFound when it is missing or not this actor's to know of."""
    row = _own(Refund.objects.all(), actor).filter(pk=refund_id).first()
    if row is None:
        raise refusal("payments.no_refund")
    return view_of_refund(row)


def list_refunds(
    actor: Actor, *, payment_id: UUID | None = None, state: str = "", before: UUID | None = None, limit: int = 50
) -> list[RefundView]:
    """Newest first, of those this actor may see."""
    rows = _own(Refund.objects.order_by("-id"), actor)
    wanted = {"payment_id": payment_id, "state": state, "pk__lt": before}
    return [view_of_refund(row) for row in rows.filter(**{name: v for name, v in wanted.items() if v})[:limit]]


def refunds_seen_by(actor: Actor, *, payment_id: UUID | None = None, state: str = "") -> QuerySet[Refund]:
    """The same as rows, for doors that page by themselves."""
    wanted = {"payment_id": payment_id, "state": state}
    return _own(Refund.objects.order_by("-id"), actor).filter(**{name: v for name, v in wanted.items() if v})


def subscriptions_seen_by(actor: Actor, *, fan_id: UUID | None = None, state: str = "") -> QuerySet[Subscription]:
    """The same as rows, for doors that page by themselves."""
    wanted = {"fan_id": fan_id, "state": state}
    return _own(Subscription.objects.order_by("-id"), actor).filter(**{name: v for name, v in wanted.items() if v})


def instruments_seen_by(actor: Actor, *, fan_id: UUID) -> QuerySet[Instrument]:
    """A fan's saved cards that may be charged."""
    return _own(Instrument.objects.filter(party_id=fan_id, is_usable=True).order_by("-id"), actor)


def card_of(instrument_id: UUID | None) -> str:
    """One name for a card however often it was saved; empty without one."""
    if instrument_id is None:
        return ""
    found = Instrument.objects.filter(pk=instrument_id).values_list("fingerprint", flat=True).first()
    return found or instrument_id.hex


def get_subscription(subscription_id: UUID, actor: Actor) -> SubscriptionView:
    """One subscription; NotFound when it is missing or not this actor's to know of."""
    row = _own(Subscription.objects.all(), actor).filter(pk=subscription_id).first()
    if row is None:
        raise refusal("payments.no_subscription")
    return view_of_subscription(row)


def list_subscriptions(
    actor: Actor, *, fan_id: UUID | None = None, creator_id: UUID | None = None, state: str = "",
    before: UUID | None = None, limit: int = 50,
) -> list[SubscriptionView]:  # fmt: skip
    """Newest first, of those this actor may see."""
    rows = _own(Subscription.objects.order_by("-id"), actor)
    wanted = {"fan_id": fan_id, "creator_id": creator_id, "state": state, "pk__lt": before}
    return [view_of_subscription(row) for row in rows.filter(**{name: v for name, v in wanted.items() if v})[:limit]]


def payment_under_approval(approval_id: UUID) -> UUID | None:
    return Payment.objects.filter(approval_id=approval_id).values_list("pk", flat=True).first()


def refund_under_approval(approval_id: UUID) -> UUID | None:
    return Refund.objects.filter(approval_id=approval_id).values_list("pk", flat=True).first()


def count_unknown() -> int:
    """Payments and refunds whose outcome nobody knows at the moment."""
    payments = Payment.objects.filter(state=PaymentState.UNKNOWN).count()
    return payments + Refund.objects.filter(state=RefundState.UNKNOWN).count()


def _own(rows: QuerySet[Any], actor: Actor) -> QuerySet[Any]:
    return rows.filter(platform_id=actor.platform) if actor.kind is ActorKind.CLIENT else rows
