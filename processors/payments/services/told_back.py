"""A provider tells that money went back: by our refund, by its own hand, or by a bank's."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from foundation.actors import Actor
from foundation.money import Money
from processors.gateways.types import EventKind, Outcome, Result
from processors.payments.giving_back import Dispute, Refund
from processors.payments.models import Attempt, Payment
from processors.payments.services.alarms import alarm
from processors.payments.services.disputing import open_dispute
from processors.payments.services.held import raise_given_back
from processors.payments.services.refunding import charge_of, new_refund
from processors.payments.services.returning import GIVEN, UNDER_WAY, settle_outcome, settle_refund
from processors.payments.services.told_about import amount_of, own_ref, unconfirmed
from processors.payments.states import PaymentState, RefundState
from processors.payments.types import Applied, Parked, Stale, Verdict

if TYPE_CHECKING:
    from processors.webhooks.models import ProviderTold

R = RefundState


def told_refund(told: ProviderTold, payment: Payment, *, by: Actor, at: datetime) -> Verdict:
    """Ours that was under way succeeded, or the provider gave money back by itself: then we follow."""
    charge = charge_of(payment)
    ref, is_void = own_ref(told, charge), told.kind == EventKind.VOIDED
    amount = amount_of(told) or payment.refundable
    known = _ours(told, payment, ref, amount)
    if known is not None and known.state in GIVEN:
        is_named = known.provider_ref and ("decided" not in known.raw or "confirmed" in known.raw)
        if is_named or known.provider_ref == ref:
            return Stale(payment.pk, "this refund is known")
        _name(known, ref)
        return Applied(payment.pk, "confirms our refund")
    if known is not None:
        settle_outcome(payment, known, Outcome(Result.APPROVED, provider_ref=ref, amount=amount), by=by, at=at)
        return Applied(payment.pk, "our refund succeeded")
    if amount.currency != payment.currency:
        alarm(payment, "refund_mismatch", f"the provider gave back {amount}")
        return Parked("another currency than the payment's", payment.pk)
    if not amount:
        return Stale(payment.pk, "nothing is left to give back")
    _by_provider(told, payment, charge, amount, ref, is_void=is_void, by=by, at=at)
    return Applied(payment.pk, "the provider gave it back by itself")


def told_refund_failed(told: ProviderTold, payment: Payment, *, by: Actor, at: datetime) -> Verdict:
    amount = amount_of(told)
    refund = _ours(told, payment, own_ref(told, charge_of(payment)), amount or payment.amount)
    if refund is None:
        return Parked("no refund is known by what it names", payment.pk)
    if refund.state not in UNDER_WAY:
        if refund.state == R.SUCCEEDED:
            how = "people had decided it was given" if refund.raw.get("decided") else "it is booked as given"
            alarm(payment, "contradicted", f"{refund.reference}: {how}, the provider says it failed")
        return Stale(payment.pk, f"the refund is {refund.state}")
    settle_outcome(payment, refund, Outcome(Result.DECLINED, provider_text=told.facts.get("reason", "")), by=by, at=at)
    return Applied(payment.pk, "our refund failed")


def told_chargeback(told: ProviderTold, payment: Payment, *, by: Actor, at: datetime) -> Verdict:
    charge = charge_of(payment)
    ref = own_ref(told, charge)
    if Dispute.objects.filter(provider=told.provider, provider_ref=ref).exists():
        return Stale(payment.pk, "this dispute is known")
    amount = amount_of(told) or Money(payment.captured_minor, payment.currency)
    if amount.currency != payment.currency:
        alarm(payment, "dispute_mismatch", f"a bank took back {amount}")
        return Parked("another currency than the payment's", payment.pk)
    open_dispute(
        payment_id=payment.pk, provider_ref=ref, amount=amount, reason=told.facts.get("reason", ""), by=by, at=at,
        told_at=told.occurred_at,
    )  # fmt: skip
    return Applied(payment.pk, "a bank took it back")


def _ours(told: ProviderTold, payment: Payment, ref: str, amount: Money) -> Refund | None:
    """The refund of ours this tells of: named by a number or reference, else one of this amount nobody told of yet."""
    refunds = payment.refunds.order_by("created_at", "pk")
    if named := refunds.filter(provider_ref=ref).first():
        return named
    if told.reference and (named := refunds.filter(reference=told.reference).first()):
        return named
    alike = refunds.filter(
        origin=Refund.Origin.OURS, amount_minor=amount.minor, currency=amount.currency, provider_ref="",
        is_void=told.kind == EventKind.VOIDED,
    )  # fmt: skip
    given, under_way = alike.filter(state=R.SUCCEEDED).first(), alike.filter(state__in=UNDER_WAY).first()
    if told.kind == EventKind.REFUND_FAILED:
        return under_way or given or _decided(told, refunds, amount)
    # Of two alike the word is on the one that is known to be given: the other may never have come.
    return given or under_way or _decided(told, refunds, amount)


def _decided(told: ProviderTold, refunds: QuerySet[Refund], amount: Money) -> Refund | None:
    """One that people decided under a number they typed, or as not given: the provider's word names it once."""
    return refunds.filter(
        origin=Refund.Origin.OURS, amount_minor=amount.minor, currency=amount.currency,
        is_void=told.kind == EventKind.VOIDED, state__in=[R.SUCCEEDED, R.FAILED], raw__has_key="decided",
    ).exclude(raw__has_key="confirmed").first()  # fmt: skip


def unconfirmed_giving(told: ProviderTold, payment: Payment, asked: Outcome) -> Stale | Parked:
    """The provider does not say that there is one more: it may be the word on a refund of ours that we know."""
    ref = own_ref(told, charge_of(payment))
    ours = _ours(told, payment, ref, amount_of(told) or payment.amount)
    if ours is not None and ours.state in GIVEN and told.kind != EventKind.CHARGEBACK:
        return Stale(payment.pk, "tells of a refund that is known")
    return unconfirmed(payment.pk, asked)


def _name(refund: Refund, ref: str) -> None:
    refund.provider_ref = ref
    if "decided" in refund.raw:
        refund.raw = {**refund.raw, "confirmed": ref}
    Refund.objects.filter(pk=refund.pk).update(provider_ref=ref, raw=refund.raw)


def _by_provider(
    told: ProviderTold, payment: Payment, charge: Attempt, amount: Money, ref: str, *, is_void: bool, by: Actor,
    at: datetime,
) -> None:  # fmt: skip
    is_whole_void = is_void and payment.state == PaymentState.CAPTURED and amount == payment.amount
    refund = new_refund(
        payment, amount, told.facts.get("reason", "") or f"given back by {charge.provider}", by=by, at=at,
        is_void=is_whole_void,
    )  # fmt: skip
    Refund.objects.filter(pk=refund.pk).update(origin=Refund.Origin.PROVIDER, provider_ref=ref)
    refund.origin, refund.provider_ref = Refund.Origin.PROVIDER, ref
    raise_given_back(payment, refunds=amount.minor)
    settle_refund(payment, refund, to=R.SUCCEEDED, by=by, at=at, why="the provider gave it back")
