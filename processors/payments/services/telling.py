"""What a provider tells becomes true here, once, whatever order it comes in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from foundation.actors import Actor
from processors.gateways.base import gateways
from processors.gateways.types import Code, EventKind, Outcome, ProviderEvent, Result, SavedInstrument
from processors.payments.directory import merchant
from processors.payments.models import Payment
from processors.payments.rules.finalising import Source, Step
from processors.payments.services import told_about
from processors.payments.services.finalising import settle
from processors.payments.services.refs import charge_ref, known_before
from processors.payments.services.told_back import (
    told_chargeback,
    told_refund,
    told_refund_failed,
    unconfirmed_giving,
)
from processors.payments.services.told_renewals import told_renewal, told_subscription
from processors.payments.types import Applied, NeedsQuery, Parked, Stale, Verdict

if TYPE_CHECKING:
    from processors.webhooks.models import ProviderTold

K = EventKind
OF_A_CHARGE = {
    K.CHARGED: Result.APPROVED, K.PENDING: Result.PENDING, K.DECLINED: Result.DECLINED, K.EXPIRED: Result.DECLINED,
    K.CANCELLED: Result.DECLINED,
}  # fmt: skip
GIVING_BACK: dict[str, Callable[..., Verdict]] = {
    K.REFUNDED: told_refund, K.VOIDED: told_refund, K.REFUND_FAILED: told_refund_failed, K.CHARGEBACK: told_chargeback,
}  # fmt: skip
OF_A_SUBSCRIPTION = (K.RENEWAL_FAILED, K.SUBSCRIPTION_CANCELLED, K.SUBSCRIPTION_EXPIRED)


# An adapter's ProviderEvent is stored in columns of the same names; `facts` keeps `transaction_ref`, `reason`, `code`,
# and `instrument` as a dict of SavedInstrument's fields.
def apply_told(*, told: ProviderTold, by: Actor, at: datetime, asked: Outcome | None = None) -> Verdict:
    """Make one told thing true, in the transaction that stores what became of it.

    What is not proved, or comes before what it builds on, answers NeedsQuery: get `ask_about(told=…)` outside of any
    transaction and come again with it as `asked`. Nothing to be about yet: Parked.
    """
    with transaction.atomic():
        if told.kind == K.OTHER:
            return Applied(None, "nothing for the books")
        if told.kind == K.RENEWED:
            return told_renewal(told, asked, by=by, at=at)
        if told.kind in OF_A_SUBSCRIPTION:
            return told_subscription(told, asked, by=by, at=at)
        found = told_about.find_payment(told)
        if found is None:
            return Parked("no payment is known by what it names")
        payment = Payment.objects.locked(found)
        if told.kind in OF_A_CHARGE:
            return _charge(told, payment, asked, by=by, at=at)
        if not told_about.is_taken(payment):
            return _charge_first(told, payment, asked, by=by, at=at)
        if not told.is_proved and asked is None:
            return NeedsQuery(payment.pk, "not proved")
        if not told.is_proved and asked is not None and asked.result is not Result.APPROVED:
            return unconfirmed_giving(told, payment, asked)
        return GIVING_BACK[told.kind](told, payment, by=by, at=at)


def ask_about(*, told: ProviderTold) -> Outcome:
    """Ask the provider about what it told, outside of any transaction: the status of a charge, or whether the rest is
    so."""
    found = told_about.find_payment(told)
    if found is None and told.kind in (K.RENEWED, *OF_A_SUBSCRIPTION):
        found = told_about.first_billed(told)
    attempt = told_about.charge_named(told, found) if found else None
    if attempt is None:
        return Outcome(Result.UNKNOWN)
    account = merchant(attempt.merchant_account_id)
    gateway = gateways.find(account.provider)
    is_taken = told_about.is_taken(attempt.payment)
    if told.kind in OF_A_CHARGE or not is_taken:
        named = told.provider_ref if told.kind == K.CHARGED else ""
        return gateway.charge_status(account, charge_ref(attempt, named=named))
    return gateway.confirm(account, event_of(told), charge_ref(attempt, told_before=known_before(told.kind, attempt)))


def event_of(told: ProviderTold) -> ProviderEvent:
    """What was told, as the adapter told it."""
    return ProviderEvent(
        key=told.event_key,
        kind=EventKind(told.kind),
        reference=told.reference,
        provider_ref=told.provider_ref,
        subscription_ref=told.subscription_ref,
        transaction_ref=told_about.transaction_of(told),
        amount=told_about.amount_of(told),
        occurred_at=told.occurred_at,
        code=Code(told.facts["code"]) if told.facts.get("code") else None,
        reason=told.facts.get("reason", ""),
    )


def _charge_first(told: ProviderTold, payment: Payment, asked: Outcome | None, *, by: Actor, at: datetime) -> Verdict:
    """What takes a charge back came before the charge: what the provider says of that is written down first."""
    why = "the charge it takes back is not known to be taken"
    attempt = told_about.charge_named(told, payment.pk)
    if asked is None or attempt is None:
        return NeedsQuery(payment.pk, why)
    settle(payment, attempt, asked, source=Source.QUERY, by=by, at=at)
    if not told_about.is_taken(payment):
        return Parked(why, payment.pk)
    return (
        GIVING_BACK[told.kind](told, payment, by=by, at=at) if told.is_proved else NeedsQuery(payment.pk, "not proved")
    )


def _charge(told: ProviderTold, payment: Payment, asked: Outcome | None, *, by: Actor, at: datetime) -> Verdict:
    attempt = told_about.charge_named(told, payment.pk)
    if attempt is None:
        return Parked("no attempt is known by what it names", payment.pk)
    if not told.is_proved and asked is None:
        return NeedsQuery(payment.pk, "not proved")
    outcome, source = (asked, Source.QUERY) if asked is not None else (_outcome(told), Source.TOLD)
    decision = settle(payment, attempt, outcome, source=source, by=by, at=at)
    told_about.learn_transaction(told, attempt, decision.step)
    if decision.step is Step.STALE:
        return Stale(payment.pk, decision.why)
    if decision.step is Step.DOUBT:
        return Parked(decision.why, payment.pk)
    return Applied(payment.pk, str(decision.step))


def _outcome(told: ProviderTold) -> Outcome:
    """A proved fact in the words of an answer."""
    code = Code(told.facts["code"]) if told.facts.get("code") else None
    if told.kind == K.EXPIRED:
        code = Code.EXPIRED
    saved = told.facts.get("instrument")
    return Outcome(
        OF_A_CHARGE[EventKind(told.kind)],
        provider_ref=told.provider_ref if told.kind == K.CHARGED else "",
        amount=told_about.amount_of(told),
        code=code or (Code.OTHER if told.kind == K.DECLINED else None),
        provider_text=told.facts.get("reason", ""),
        instrument=SavedInstrument(**saved) if saved else None,
        subscription_ref=told.subscription_ref,
    )
