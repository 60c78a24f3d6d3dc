"""Charge, give back, renew: judged by trust, done by payments, answered once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from foundation import clock
from foundation.actors import Actor
from foundation.errors import Refusal
from foundation.idempotency.services import Reply
from foundation.money import Money
from foundation.retry import retrying
from processors.payments.selectors import card_of, get_payment
from processors.payments.services import (
    begin_renewal,
    cancel_payment,
    create_payment,
    create_subscription,
    list_renewals_due,
    park_for_review,
    prepare_attempt,
    send_attempt,
    send_refund,
    void_payment,
)
from processors.payments.types import PaymentView, RefundView, Wish
from processors.payments.views import view_of, view_of_refund
from products.fanzpay.once import Answer, Once
from trust.charges import warrant_again, warrant_charge
from trust.refunds import ask_refund
from trust.types import Verdict

PREPARED = "PREPARED"


@dataclass(frozen=True, slots=True)
class _Leaving:
    """What was recorded and is sent next."""

    id: UUID


def pay(*, wish: Wish, period_days: int | None, once: Once[PaymentView]) -> Answer:
    """Charge a fan once: the wish, its judgement and the caller's key commit together, then the provider is called.

    With a period, the payment begins a subscription. A refusal by trust or by a bank is an answer, not an error.
    """
    begun = _begin_payment(wish, period_days, once)
    if isinstance(begun, Answer):
        return begun
    told: list[Reply] = []
    send_attempt(
        attempt_id=begun.id, by=once.by, also=lambda view: told.append(once.end(view)), again=_again(wish, by=once.by)
    )
    return Answer(told[-1])


def _again(wish: Wish, *, by: Actor) -> Callable[[PaymentView], UUID | None]:
    """What the same wish is told when it is tried at another account."""

    def judge_again(payment: PaymentView) -> UUID | None:
        return warrant_again(
            payment_id=payment.id, platform_id=wish.platform_id, fan_id=wish.fan_id, creator_id=wish.creator_id,
            amount=wish.amount, card=card_of(wish.instrument_id), device=wish.device,
            features={**_features(wish), "is_again": True}, by=by, at=clock.now(),
        )  # fmt: skip

    return judge_again


@retrying
def _begin_payment(wish: Wish, period_days: int | None, once: Once[PaymentView]) -> Answer | _Leaving:
    at = clock.now()
    with transaction.atomic():
        if earlier := once.earlier():
            return once.again(earlier)
        if period_days:
            wish = _of_subscription(wish, period_days, by=once.by, at=at)
        payment = create_payment(wish=wish, by=once.by, at=at)
        attempt_id = _judge(payment.pk, wish, by=once.by, at=at, written=payment)
        if attempt_id is None:
            return once.at_once(get_payment(payment.pk, once.by))
        once.begin(payment.pk)
        return _Leaving(attempt_id)


def _of_subscription(wish: Wish, period_days: int, *, by: Actor, at: datetime) -> Wish:
    agreed = create_subscription(
        platform_id=wish.platform_id, fan_id=wish.fan_id, creator_id=wish.creator_id, reference=wish.reference,
        amount=wish.amount, period_days=period_days, tax=wish.tax, jurisdiction=wish.jurisdiction, by=by, at=at,
    )  # fmt: skip
    return replace(wish, subscription_id=agreed.pk, recurring=True)


def _judge(payment_id: UUID, wish: Wish, *, by: Actor, at: datetime, written: Any = None) -> UUID | None:
    """The attempt that may leave now; None when the payment was refused or waits for a person."""
    warranted = warrant_charge(
        payment_id=payment_id, platform_id=wish.platform_id, fan_id=wish.fan_id, creator_id=wish.creator_id,
        amount=wish.amount, card=card_of(wish.instrument_id), device=wish.device, features=_features(wish), by=by,
        at=at,
    )  # fmt: skip
    match warranted.verdict:
        case Verdict.ALLOW:
            return prepare_attempt(
                payment_id=payment_id, warrant_id=warranted.warrant_id, token=wish.token, by=by, at=at, written=written
            ).pk
        case Verdict.REVIEW:
            park_for_review(payment_id=payment_id, warrant_id=warranted.warrant_id, token=wish.token, by=by, at=at)
    return None


def _features(wish: Wish) -> dict[str, object]:
    return {
        "product": wish.product, "method": wish.method, "coin": wish.coin, "is_saved_card": bool(wish.instrument_id),
        "is_recurring": wish.recurring, "has_device": bool(wish.device), "has_address": bool(wish.ip),
    }  # fmt: skip


def give_back(*, payment_id: UUID, amount: Money, reason: str, once: Once[RefundView]) -> Answer:
    """Refund some or all of a payment: at once where policy allows it, otherwise when a person agreed."""
    begun = _begin_refund(payment_id, amount, reason, once)
    return begun if isinstance(begun, Answer) else _send_back(begun, once)


@retrying
def _begin_refund(payment_id: UUID, amount: Money, reason: str, once: Once[RefundView]) -> Answer | _Leaving:
    with transaction.atomic():
        if earlier := once.earlier():
            return once.again(earlier)
        payment = get_payment(payment_id, once.by)
        refund = ask_refund(payment=payment, amount=amount, reason=reason, by=once.by, at=clock.now())
        if refund.state != PREPARED:
            return once.at_once(view_of_refund(refund))
        once.begin(refund.pk)
        return _Leaving(refund.pk)


def take_back(*, payment_id: UUID, reason: str, once: Once[RefundView]) -> Answer:
    """Void a whole charge before its provider settles it."""
    begun = _begin_void(payment_id, reason, once)
    return begun if isinstance(begun, Answer) else _send_back(begun, once)


@retrying
def _begin_void(payment_id: UUID, reason: str, once: Once[RefundView]) -> Answer | _Leaving:
    with transaction.atomic():
        if earlier := once.earlier():
            return once.again(earlier)
        get_payment(payment_id, once.by)
        refund = void_payment(payment_id=payment_id, reason=reason, by=once.by, at=clock.now())
        once.begin(refund.pk)
        return _Leaving(refund.pk)


def _send_back(leaving: _Leaving, once: Once[RefundView]) -> Answer:
    told: list[Reply] = []
    view = send_refund(refund_id=leaving.id, by=once.by, also=lambda view: told.append(once.end(view)))
    return Answer(told[-1] if told else once.render(view))


@retrying
def give_up(*, payment_id: UUID, reason: str, once: Once[PaymentView]) -> Answer:
    """Cancel a payment before any money moved. Refuses one that is with a provider or over."""
    with transaction.atomic():
        if earlier := once.earlier():
            return once.again(earlier)
        get_payment(payment_id, once.by)
        payment = cancel_payment(payment_id=payment_id, reason=reason, by=once.by, at=clock.now())
        return once.at_once(view_of(payment))


def renew_due(*, by: Actor, limit: int = 100) -> dict[str, int]:
    """Judge and charge every subscription that we bill and whose next period begins; what is refused is told."""
    done = {"charged": 0, "not_charged": 0, "left": 0}
    for subscription_id in list_renewals_due(limit):
        try:
            attempt_id = _begin_renewal(subscription_id, by=by)
            if attempt_id:
                send_attempt(attempt_id=attempt_id, by=by)
            done["charged" if attempt_id else "not_charged"] += 1
        except Refusal:  # stopped, taken by another hand, or no way at the moment: it stays due
            done["left"] += 1
    return done


@retrying
def _begin_renewal(subscription_id: UUID, *, by: Actor) -> UUID | None:
    at = clock.now()
    with transaction.atomic():
        payment = begin_renewal(subscription_id=subscription_id, by=by, at=at)
        wish = Wish(
            platform_id=payment.platform_id, fan_id=payment.fan_id, creator_id=payment.creator_id,
            reference=payment.reference, product=payment.product, amount=payment.amount, method=payment.method,
            instrument_id=payment.instrument_id, subscription_id=subscription_id, recurring=True,
        )  # fmt: skip
        return _judge(payment.pk, wish, by=by, at=at)
