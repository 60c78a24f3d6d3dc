"""What a told thing is about: found by our reference, the provider's number, or the subscription's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q

from foundation.money import Money
from processors.gateways.types import EventKind, Outcome, Result
from processors.payments.giving_back import Dispute, Refund
from processors.payments.models import Attempt, Payment, Subscription
from processors.payments.rules.finalising import Step
from processors.payments.types import Parked, Stale

if TYPE_CHECKING:
    from processors.webhooks.models import ProviderTold


def find_payment(told: ProviderTold) -> UUID | None:
    """The payment behind whatever the provider named, the surest name first."""
    transaction = transaction_of(told)
    for names, tables in (
        ({"reference": told.reference}, (Attempt, Refund)),
        ({"provider": told.provider, "transaction_ref": transaction}, (Attempt,)),
        ({"provider": told.provider, "provider_ref": told.provider_ref}, (Attempt, Refund, Dispute)),
        ({"provider": told.provider, "provider_ref": told.subscription_ref, **_unless_another(told)}, (Attempt,)),
    ):
        if "" in names.values():
            continue
        for table in tables:
            found = table._default_manager.filter(**names).order_by("pk").values_list("payment_id", flat=True).first()
            if found:
                return found
    subscription = find_subscription(told)
    if subscription is None or transaction:
        return None
    paid = subscription.payments.filter(captured_at__isnull=False).order_by("-captured_at", "-pk")
    return paid.values_list("pk", flat=True).first()


def find_subscription(told: ProviderTold) -> Subscription | None:
    if not told.subscription_ref:
        return None
    return Subscription.objects.filter(
        merchant_account_id=told.merchant_account_id, provider_ref=told.subscription_ref
    ).first()


def first_billed(told: ProviderTold) -> UUID | None:
    """The payment that began the subscription it names: what is new is asked about under its number."""
    subscription = find_subscription(told)
    return subscription.payments.order_by("pk").values_list("pk", flat=True).first() if subscription else None


def charge_named(told: ProviderTold, payment_id: UUID) -> Attempt | None:
    """The attempt it means: the one it names, else the one that took the money, else the newest that left."""
    attempts = Attempt.objects.filter(payment_id=payment_id).select_related("payment")
    if told.reference and (named := attempts.filter(reference=told.reference).first()):
        return named
    numbers = {told.provider_ref, transaction_of(told)} - {""}
    if numbers and (named := attempts.filter(Q(provider_ref__in=numbers) | Q(transaction_ref__in=numbers)).first()):
        return named
    left = attempts.filter(sent_at__isnull=False).order_by("-number")
    return left.filter(result=Result.APPROVED).first() or left.first()


def is_taken(payment: Payment) -> bool:
    return payment.sale_journal is not None and payment.captured_minor > 0


def amount_of(told: ProviderTold) -> Money | None:
    return None if told.amount_minor is None else Money(told.amount_minor, told.currency)


def own_ref(told: ProviderTold, charge: Attempt) -> str:
    """The number of the refund or dispute itself; where a provider repeats that of the charge, its news has a key."""
    is_charges = told.provider_ref in ("", charge.provider_ref, charge.transaction_ref, transaction_of(told))
    return told.event_key[-120:] if is_charges else told.provider_ref


def transaction_of(told: ProviderTold) -> str:
    """The provider's number of the single movement, if it told one."""
    return str(told.facts.get("transaction_ref", ""))[:120]


def learn_transaction(told: ProviderTold, attempt: Attempt, step: Step) -> None:
    """A charge that is taken is known by the number of its movement from now on."""
    number = transaction_of(told)
    if told.kind == EventKind.CHARGED and step in (Step.CAPTURE, Step.STALE) and number and not attempt.transaction_ref:
        Attempt.objects.filter(pk=attempt.pk).update(transaction_ref=number)


def _unless_another(told: ProviderTold) -> dict[str, Any]:
    """By the subscription's number its first charge is meant, unless that one is known to be another movement."""
    number = transaction_of(told)
    return {"transaction_ref__in": ["", number]} if number else {}


def unconfirmed(payment_id: UUID | None, asked: Outcome) -> Stale | Parked:
    """The provider was asked, and does not say that it is so."""
    if asked.result is Result.UNKNOWN:
        return Parked("the provider could not say", payment_id)
    return Stale(payment_id, "the provider does not confirm it")
