"""A provider bills by itself: each renewal becomes a payment of its own, each word on a subscription moves it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from foundation.actors import Actor
from foundation.money import Money
from ledger.rules.flows.sales import Product
from processors.gateways.base import gateways
from processors.gateways.types import Code, DeclineClass, EventKind, Operation, Outcome, Result
from processors.payments.models import Attempt, Payment, Subscription
from processors.payments.rules.finalising import Source
from processors.payments.services import renewals
from processors.payments.services.finalising import settle
from processors.payments.services.told_about import (
    amount_of,
    find_payment,
    find_subscription,
    transaction_of,
    unconfirmed,
)
from processors.payments.states import SubscriptionState
from processors.payments.types import Applied, NeedsQuery, Parked, Stale, Verdict

if TYPE_CHECKING:
    from processors.webhooks.models import ProviderTold

S = SubscriptionState


def told_renewal(told: ProviderTold, asked: Outcome | None, *, by: Actor, at: datetime) -> Verdict:
    """The provider charged for the next period by itself: a payment with no warrant, judged on arrival."""
    known = find_subscription(told)
    if known is None:
        return Parked("no subscription is known by what it names")
    ref = _own_number(told)
    earlier = Attempt.objects.filter(provider=told.provider, provider_ref=ref).first()
    if earlier is not None:
        return Stale(earlier.payment_id, "this renewal is known")
    if not told.is_proved:
        first = known.payments.order_by("pk").first()
        if asked is None and first is not None:
            return NeedsQuery(first.pk, "not proved")
        if asked is None or asked.result is not Result.APPROVED:
            return unconfirmed(None, asked or Outcome(Result.UNKNOWN))
    held = Subscription.objects.locked(known.pk)
    amount = amount_of(told) or Money(held.amount_minor, held.currency)
    payment, attempt = _arrived(told, held, amount, ref, at)
    if told.occurred_at and (held.told_at is None or held.told_at < told.occurred_at):
        Subscription.objects.filter(pk=held.pk).update(told_at=told.occurred_at)
    settle(
        payment, attempt, Outcome(Result.APPROVED, provider_ref=ref, amount=amount), source=Source.CALL, by=by, at=at
    )
    return Applied(payment.pk, "renewed by the provider")


def told_subscription(told: ProviderTold, asked: Outcome | None, *, by: Actor, at: datetime) -> Verdict:
    """A renewal failed, the subscription was cancelled or is over. What is older than what is known changes nothing."""
    known = find_subscription(told)
    if known is None:
        paid_once = _paid_once(told)
        if paid_once is not None:
            return Stale(paid_once, "it was paid once, nothing follows")
        return Parked("no subscription is known by what it names")
    about = known.payments.order_by("-pk").values_list("pk", flat=True).first()
    if not told.is_proved:
        if asked is None and about is not None:
            return NeedsQuery(about, "not proved")
        if asked is None or asked.result is not Result.APPROVED:
            return unconfirmed(about, asked or Outcome(Result.UNKNOWN))
    held = Subscription.objects.locked(known.pk)
    if held.state == S.ENDED:
        return Stale(about, "the subscription is over")
    reason = told.facts.get("reason", "") or f"told by {told.provider}"
    if told.kind == EventKind.SUBSCRIPTION_EXPIRED:
        renewals.end(held, reason, by=by, at=at)
        return Applied(about, "over")
    if told.kind == EventKind.SUBSCRIPTION_CANCELLED:
        if held.cancelled_at is not None:
            return Stale(about, "it was cancelled already")
        renewals.cancel(held, reason, by=by, at=at, tell_provider=False)
        return Applied(about, "cancelled")
    when = told.occurred_at or told.received_at
    if held.told_at is not None and when < held.told_at:
        return Stale(about, "something newer is known")
    Subscription.objects.filter(pk=held.pk).update(told_at=when)
    if held.state not in (S.ACTIVE, S.PAST_DUE):
        return Stale(about, f"the subscription is {held.state}")
    code = Code(told.facts["code"]) if told.facts.get("code") else Code.OTHER
    renewals.fall_behind(held, str(code), DeclineClass.SOFT, by=by, at=at)
    return Applied(about, "a renewal failed")


def _paid_once(told: ProviderTold) -> UUID | None:
    """The payment it names, when the provider bills nothing after it."""
    found = find_payment(told)
    if found is None:
        return None
    once = Payment.objects.filter(pk=found).exclude(subscription__billed_by=Subscription.BilledBy.PROVIDER)
    return found if once.exists() else None


def _own_number(told: ProviderTold) -> str:
    """The number of this renewal; a provider that only repeats the subscription's has a key for its news."""
    numbers = (transaction_of(told), told.provider_ref)
    return next((number for number in numbers if number not in ("", told.subscription_ref)), told.event_key[-120:])


def _arrived(told: ProviderTold, held: Subscription, amount: Money, ref: str, at: datetime) -> tuple[Payment, Attempt]:
    """The payment and the attempt of a charge we did not make, as they stand before it is settled."""
    can = gateways.find(told.provider).capabilities
    is_usual = amount == Money(held.amount_minor, held.currency)
    payment = Payment.objects.create(
        platform_id=held.platform_id,
        fan_id=held.fan_id,
        creator_id=held.creator_id,
        reference=f"{held.reference}/{ref}"[-120:],
        product=Product.SUBSCRIPTION,
        amount_minor=amount.minor,
        tax_minor=held.tax_minor if is_usual else held.tax_minor * amount.minor // held.amount_minor,
        currency=amount.currency,
        jurisdiction=held.jurisdiction,
        description="Renewal",
        method=min(map(str, can.methods)),
        instrument_id=held.instrument_id,
        subscription=held,
        merchant_account_id=told.merchant_account_id,
        created_at=at,
    )
    attempt = Attempt.objects.create(
        payment=payment,
        platform_id=held.platform_id,
        number=1,
        operation=Operation.REBILL,
        origin=Attempt.Origin.PROVIDER,
        merchant_account_id=told.merchant_account_id,
        provider=told.provider,
        reference=f"{payment.pk.hex}-1",
        transaction_ref=transaction_of(told),
        amount_minor=amount.minor,
        currency=amount.currency,
        created_at=at,
        sent_at=told.occurred_at or at,
    )
    return payment, attempt
