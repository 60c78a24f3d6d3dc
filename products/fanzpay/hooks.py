"""What platforms are told of their payments and subscriptions: what they may also read, under their own ids."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from foundation.actors import system
from foundation.events import News
from foundation.hooks.queueing import offer
from foundation.hooks.topics import Facts
from foundation.identity.selectors import external_ids_of
from processors.payments.selectors import get_payment, get_subscription

LISTENER = system("fanzpay.hooks")
USD = {"amount_minor": 1299, "currency": "USD"}
_PAYMENT: Facts = {"payment_id": "0199…", "reference": "order-1001", "fan": "fan-7", "creator": "creator-3"}
_SUBSCRIPTION: Facts = {"subscription_id": "0199…", "reference": "sub-12", "fan": "fan-7", "creator": "creator-3"}
# Of each topic: when it is told, what of the news itself goes out, and what that looks like.
PAYMENTS: dict[str, tuple[str, tuple[str, ...], Facts]] = {
    "txn.action_required": (
        "the buyer has to do something: a page, a proof or a transfer",
        ("action", "expires_at"),
        {"action": "redirect", "expires_at": "2026-01-31T12:30:00Z"},
    ),
    "txn.auth": ("a provider approved a charge; txn.capture says when it is taken", ("amount",), {"amount": USD}),
    "txn.capture": (
        "money was taken and stands on the books",
        ("amount", "tax", "product", "method", "captured_at"),
        {
            "amount": USD, "tax": {"amount_minor": 0, "currency": "USD"}, "product": "ppv", "method": "card",
            "captured_at": "2026-01-31T12:00:00Z",
        },
    ),
    "txn.capture_undone": ("a confirmed transfer vanished from its chain", ("amount",), {"amount": USD}),
    "txn.declined": ("a payment was refused", ("amount",), {"amount": USD, "decline_code": "insufficient_funds"}),
    "txn.ended": ("a payment ended without money", ("state",), {"state": "EXPIRED"}),
    "txn.review": (
        "a payment waits for a person, at the latest until its deadline",
        ("amount", "review_until"),
        {"amount": USD, "review_until": "2026-01-31T16:00:00Z"},
    ),
    "txn.refund": (
        "some or all of a payment is back with the fan",
        ("refund_id", "amount", "is_void"),
        {"refund_id": "0199…", "amount": USD, "is_void": False},
    ),
    "txn.refund_failed": (
        "a refund was rejected or did not succeed; the money is still here",
        ("refund_id", "amount"),
        {"refund_id": "0199…", "amount": USD},
    ),
    "txn.dispute": (
        "a bank took a payment back",
        ("dispute_id", "amount"),
        {"dispute_id": "0199…", "amount": USD},
    ),
    "txn.dispute_closed": (
        "a dispute was won or lost",
        ("dispute_id", "amount", "outcome"),
        {"dispute_id": "0199…", "amount": USD, "outcome": "won"},
    ),
}  # fmt: skip
ABOUT = {
    "txn.refund": "refund", "txn.refund_failed": "refund", "txn.dispute": "dispute", "txn.dispute_closed": "dispute",
}  # fmt: skip
"""What is told of something else than the payment itself, in an order of its own."""
SUBSCRIPTIONS: dict[str, tuple[str, tuple[str, ...], Facts]] = {
    "subscription.started": (
        "the first payment of a subscription was taken",
        ("amount", "period_days", "paid_until"),
        {"amount": USD, "period_days": 30, "paid_until": "2026-03-02T12:00:00Z"},
    ),
    "subscription.renewed": (
        "a renewal was paid",
        ("payment_id", "paid_until"),
        {"payment_id": "0199…", "paid_until": "2026-04-01T12:00:00Z"},
    ),
    "subscription.past_due": (
        "a renewal failed; it is tried again unless nothing can help",
        ("failures", "retry_at"),
        {"failures": 1, "retry_at": "2026-03-03T12:00:00Z"},
    ),
    "subscription.cancelled": (
        "a subscription will not renew; it ends with the period that is paid",
        ("paid_until",),
        {"paid_until": "2026-04-01T12:00:00Z"},
    ),
    "subscription.ended": ("a subscription is over", (), {}),
}


def payment_facts(news: News, platform_id: UUID) -> Facts | None:
    """This payment by its platform's ids; nothing for another platform."""
    payment = get_payment(UUID(news.payload["payment_id"]), LISTENER)
    if payment.platform_id != platform_id:
        return None
    facts = _about(payment, platform_id) | {"payment_id": payment.id} | _kept(news, PAYMENTS[news.type][1])
    return facts | ({"decline_code": payment.decline_code or None} if news.type == "txn.declined" else {})


def subscription_facts(news: News, platform_id: UUID) -> Facts | None:
    """This subscription by its platform's ids; nothing for another platform."""
    held = get_subscription(UUID(news.payload["subscription_id"]), LISTENER)
    if held.platform_id != platform_id:
        return None
    return _about(held, platform_id) | {"subscription_id": held.id} | _kept(news, SUBSCRIPTIONS[news.type][1])


def _about(one: Any, platform_id: UUID) -> Facts:
    people = external_ids_of((one.fan_id, one.creator_id), platform_id=platform_id)
    return {"reference": one.reference, "fan": people.get(one.fan_id), "creator": people.get(one.creator_id)}


def _kept(news: News, names: tuple[str, ...]) -> Facts:
    said = news.payload
    return {
        name: {"amount_minor": said[f"{name}_minor"], "currency": said["currency"]}
        if name in ("amount", "tax")
        else said[name]
        for name in names
    }


for _type, (_when, _, _example) in PAYMENTS.items():
    _thing = ABOUT.get(_type, "payment")
    offer(_type, about=_thing, told_when=_when, describe=payment_facts, example=_PAYMENT | _example)
for _type, (_when, _, _example) in SUBSCRIPTIONS.items():
    offer(_type, about="subscription", told_when=_when, describe=subscription_facts, example=_SUBSCRIPTION | _example)
