"""A payment or subscription as a developer's programs read it, and what it moved on the books."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dashboards.developers.books import books_of
from dashboards.developers.door import wall
from dashboards.ops.payments.words import PAYMENT, REFUND
from foundation.http.components import Column, Empty, Id, Link, Row, Table
from foundation.http.parsers import PlainJSONRenderer
from foundation.identity.actors import actor_of
from processors.payments.errors import refusal
from processors.payments.selectors import payments_seen_by, refunds_seen_by, subscriptions_seen_by
from processors.payments.states import PaymentState, RefundState
from processors.payments.types import PaymentView
from processors.payments.views import view_of, view_of_refund, view_of_subscription
from products.fanzpay.api.serializers import PaymentOut, SubscriptionOut
from products.fanzpay.api.shown import payment_shown, subscriptions_shown

MOST = 25


def payment(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    with wall(request) as platform_id:
        row = payments_seen_by(actor_of(request), platform_id=platform_id).filter(pk=payment_id).first()
        if row is None:
            raise refusal("payments.not_found")
        refunds = list(refunds_seen_by(actor_of(request), payment_id=row.pk).filter(platform_id=platform_id)[:MOST])
        books = books_of(row.pk)
    one = view_of(row)
    context = {
        "title": one.reference,
        "badge": PAYMENT[PaymentState(one.state)],
        "amount": one.amount,
        "json": _answer(PaymentOut(payment_shown(one))),
        "api": f"/api/v1/payments/{one.id}",
        "subscription_id": one.subscription_id,
        "refunds": _refunds([view_of_refund(refund) for refund in refunds]),
        "books": books,
        "crumbs": [("Developers", reverse("developers:home")), (f"Payment {one.reference}"[:60], "")],
    }
    return render(request, "developers/payment.html", context)


def subscription(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    with wall(request) as platform_id:
        agreed = subscriptions_seen_by(actor_of(request)).filter(pk=subscription_id, platform_id=platform_id).first()
        if agreed is None:
            raise refusal("payments.no_subscription")
        paid = payments_seen_by(actor_of(request), platform_id=platform_id, subscription_id=agreed.pk)
        payments = list(paid[:MOST])
    one = view_of_subscription(agreed)
    context = {
        "title": one.reference,
        "amount": one.amount,
        "json": _answer(SubscriptionOut(subscriptions_shown([one], platform_id)[0])),
        "api": f"/api/v1/subscriptions/{one.id}",
        "payments": _payments([view_of(row) for row in payments]),
        "crumbs": [("Developers", reverse("developers:home")), (f"Subscription {one.reference}"[:60], "")],
    }
    return render(request, "developers/payment.html", context)


def _answer(out: Any) -> str:
    """What the API says of it, to read."""
    return json.dumps(json.loads(PlainJSONRenderer().render(out.data)), indent=2, ensure_ascii=False)


def _refunds(found: list[Any]) -> Table:
    rows = [Row([Id(str(one.id)), REFUND[RefundState(one.state)], one.amount, one.created_at]) for one in found]
    columns = [
        Column("Refund"), Column("State", tight=True), Column("Amount", end=True), Column("When", tight=True)
    ]  # fmt: skip
    return Table("Refunds", columns, rows, Empty("Nothing was given back", "Refunds of it stand here.", icon="money"))


def _payments(found: list[PaymentView]) -> Table:
    rows = [
        Row([
            Link(one.reference, reverse("developers:payment", args=[one.id])), PAYMENT[PaymentState(one.state)],
            one.amount, one.created_at,
        ])
        for one in found
    ]  # fmt: skip
    columns = [
        Column("Payment"), Column("State", tight=True), Column("Amount", end=True), Column("When", tight=True)
    ]  # fmt: skip
    return Table("Payments", columns, rows, Empty("No payment yet", "What it was paid with stands here.", icon="money"))
