"""Everything we know a charge or refund by, for those who ask a provider about it."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q

from foundation import clock
from foundation.money import Money
from processors.gateways.types import EventKind, Operation, Ref
from processors.payments.giving_back import Dispute, Refund
from processors.payments.models import Attempt
from processors.payments.services.returning import UNDER_WAY
from processors.payments.states import AttemptState, RefundState

A, K = AttemptState, EventKind


def charge_ref(attempt: Attempt, *, named: str = "", told_before: int | None = None) -> Ref:
    """A charge, with the numbers of others of the same token: they are not this one.

    `named`: the number an unproved call names it by, for as long as its answer is not known.
    """
    payment = attempt.payment
    token = attempt.token
    if not token and attempt.operation == Operation.CHARGE_TOKEN and payment.instrument is not None:
        token = payment.instrument.token
    return Ref(
        reference=attempt.reference,
        provider_ref=attempt.provider_ref or named,
        token=token,
        amount=Money(attempt.amount_minor, attempt.currency),
        sent_at=attempt.sent_at,
        asked_at=clock.now(),
        subscription_ref=payment.subscription.provider_ref if payment.subscription else "",
        transaction_ref=attempt.transaction_ref,
        others=_others(attempt) if token else frozenset(),
        told_before=told_before,
        under_way=1 + (_in_doubt(attempt) if token else 0),
    )


def refund_ref(refund: Refund, charge: Attempt) -> Ref:
    """A refund, with how many of its kind are known and how many are not: some providers only count."""
    alike = Refund.objects.filter(_beside(charge), is_void=refund.is_void).exclude(pk=refund.pk)
    return Ref(
        reference=refund.reference,
        provider_ref=refund.provider_ref,
        amount=refund.amount,
        sent_at=refund.sent_at,
        asked_at=clock.now(),
        told_before=alike.filter(state=RefundState.SUCCEEDED).count(),
        under_way=1 + alike.filter(state__in=UNDER_WAY).count(),
        is_void=refund.is_void,
    )


def known_before(kind: str, charge: Attempt) -> int | None:
    """How many things of this kind we know of this charge, or of its subscription; None where counting says nothing."""
    count = COUNTED.get(kind)
    return count(charge) if count else None


def _refunds(charge: Attempt, *, is_void: bool) -> int:
    return Refund.objects.filter(_beside(charge), is_void=is_void, state=RefundState.SUCCEEDED).count()


def _renewals(charge: Attempt) -> int:
    return Attempt.objects.filter(_beside(charge), origin=Attempt.Origin.PROVIDER).count()


COUNTED: dict[str, Callable[[Attempt], int]] = {
    K.REFUNDED: lambda charge: _refunds(charge, is_void=False),
    K.VOIDED: lambda charge: _refunds(charge, is_void=True),
    K.CHARGEBACK: lambda charge: Dispute.objects.filter(_beside(charge)).count(),
    K.RENEWED: _renewals,
    K.RENEWAL_FAILED: _renewals,
}


def _beside(charge: Attempt) -> Q:
    """Whatever happened to this payment, or to any of the same subscription."""
    subscription_id = charge.payment.subscription_id
    return Q(payment__subscription_id=subscription_id) if subscription_id else Q(payment_id=charge.payment_id)


def _others(attempt: Attempt) -> frozenset[str]:
    same = Q(payment_id=attempt.payment_id)
    if attempt.payment.instrument_id:
        same |= Q(payment__instrument_id=attempt.payment.instrument_id)
    rows = Attempt.objects.filter(same, provider=attempt.provider).exclude(pk=attempt.pk).exclude(provider_ref="")
    return frozenset(rows.values_list("provider_ref", flat=True))


def _in_doubt(attempt: Attempt) -> int:
    """How many other charges by the same token or card nobody knows the end of."""
    unknown = Attempt.objects.filter(repair_at__isnull=False, state__in=[A.SENT, A.TIMED_OUT]).exclude(pk=attempt.pk)
    if attempt.token:
        return unknown.filter(token=attempt.token).count()
    return unknown.filter(payment__instrument=attempt.payment.instrument_id).count()
