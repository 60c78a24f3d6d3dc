"""Subscriptions: begun, cancelled, renewed with a judgement where we bill."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from foundation import clock
from foundation.actors import Actor
from foundation.clock.functions import FanzNow
from foundation.money import Money
from foundation.retry import retrying
from foundation.switches.selectors import refuse_if_stopped
from ledger.rules.flows.sales import Product
from processors.gateways.base import gateways
from processors.gateways.types import Merchant, Method, Result
from processors.payments.directory import merchant
from processors.payments.errors import refusal
from processors.payments.models import Payment, Subscription
from processors.payments.rules.finalising import WEIGHT
from processors.payments.services import renewals
from processors.payments.services.creating import create_payment
from processors.payments.states import SubscriptionState
from processors.payments.switches import RENEWALS
from processors.payments.types import Wish

S = SubscriptionState
BilledBy = Subscription.BilledBy
TOLD_AGAIN_AFTER = timedelta(hours=1)
STOPPED = (S.CANCELLED, S.ENDED)
UNDER_WAY = [state for state, weight in WEIGHT.items() if weight == 0]


def create_subscription(
    *, platform_id: UUID, fan_id: UUID, creator_id: UUID, reference: str, amount: Money, period_days: int, by: Actor,
    at: datetime, tax: Money | None = None, jurisdiction: str = "none", billed_by: str = BilledBy.PROVIDER,
) -> Subscription:  # fmt: skip
    """Agree on a subscription, inside the caller's transaction; its first payment makes it run."""
    tax = tax or Money.zero(amount.currency)
    if tax.currency != amount.currency or not 0 <= tax.minor < amount.minor:
        raise refusal("payments.bad_amount")
    try:
        return Subscription.objects.create(
            platform_id=platform_id, fan_id=fan_id, creator_id=creator_id, reference=reference,
            amount_minor=amount.minor, tax_minor=tax.minor, currency=amount.currency, jurisdiction=jurisdiction,
            period_days=period_days, billed_by=billed_by, created_at=at,
        )  # fmt: skip
    except IntegrityError as error:
        if "subscription_reference" not in str(error):
            raise
        raise refusal("payments.reference_used", reference=reference) from error


def cancel_subscription(*, subscription_id: UUID, reason: str, by: Actor, at: datetime) -> Subscription:
    """No renewal follows; what is paid stays paid until its end. A provider that bills is told by `tell_cancelled`.

    Refuses one that is over; cancelled again, the first stands.
    """
    with transaction.atomic():
        held = Subscription.objects.locked(subscription_id)
        if held.state == S.ENDED:
            raise refusal("payments.subscription_over")
        if held.cancelled_at is None:
            renewals.cancel(held, reason, by=by, at=at, tell_provider=True)
    return held


def begin_renewal(*, subscription_id: UUID, by: Actor, at: datetime) -> Payment:
    """The payment of the next period where we bill, inside the caller's transaction: judge it, prepare and send it.

    Conflict when nothing is due, or an earlier payment of it is still under way. The same period has one payment a try.
    """
    refuse_if_stopped(RENEWALS.key)
    held = Subscription.objects.locked(subscription_id)
    due_at = held.retry_at if held.state == S.PAST_DUE else held.paid_until
    is_due = held.state in (S.ACTIVE, S.PAST_DUE) and due_at is not None and due_at <= at
    if held.billed_by != BilledBy.US or not is_due or held.instrument_id is None or held.paid_until is None:
        raise refusal("payments.not_renewable", state=held.state)
    tried = f"/{held.failures + 1}" if held.failures else ""
    reference = f"{held.reference}/{held.paid_until:%Y-%m-%d}{tried}"[-120:]
    earlier = Payment.objects.filter(platform_id=held.platform_id, reference=reference)
    if earlier.exists() or held.payments.filter(state__in=UNDER_WAY).exists():
        raise refusal("payments.not_renewable", reference=reference)
    return create_payment(
        wish=Wish(
            platform_id=held.platform_id, fan_id=held.fan_id, creator_id=held.creator_id, reference=reference,
            product=Product.SUBSCRIPTION, amount=Money(held.amount_minor, held.currency), method=Method.CARD,
            tax=Money(held.tax_minor, held.currency), jurisdiction=held.jurisdiction,
            instrument_id=held.instrument_id, subscription_id=held.pk, description="Renewal",
        ),
        by=by,
        at=at,
    )  # fmt: skip


def tell_cancelled(*, subscription_id: UUID, by: Actor) -> bool:
    """Tell the provider that bills to stop, until it says that it did. Called outside of any transaction."""
    account, ref = _provider_of(subscription_id)
    if not ref:
        return True
    outcome = gateways.find(account.provider).cancel_rebill(account, ref)
    is_done = outcome.result is Result.APPROVED
    Subscription.objects.filter(pk=subscription_id, state__in=STOPPED).update(
        retry_at=None if is_done else clock.now() + TOLD_AGAIN_AFTER
    )
    return is_done


def tell_cancelled_due(*, by: Actor, limit: int = 100) -> int:
    """Tell every provider that may still bill what was cancelled, over or not; returns how many listened."""
    due = Subscription.objects.filter(state__in=STOPPED, retry_at__lte=FanzNow()).order_by("retry_at")
    return sum(tell_cancelled(subscription_id=id, by=by) for id in due.values_list("pk", flat=True)[:limit])


def list_renewals_due(limit: int = 100) -> list[UUID]:
    """Subscriptions we bill whose next period begins, or whose next try is due; the caller judges and charges."""
    ours = Subscription.objects.filter(billed_by=BilledBy.US)
    begins = ours.filter(state=S.ACTIVE, paid_until__lte=FanzNow())
    again = ours.filter(state=S.PAST_DUE, retry_at__lte=FanzNow())
    return list((begins | again).order_by("paid_until").values_list("pk", flat=True)[:limit])


@retrying
def end_run_out(*, by: Actor, limit: int = 200) -> int:
    """End cancelled subscriptions whose last period is over; returns how many."""
    with transaction.atomic():
        over = Subscription.objects.filter(state=S.CANCELLED, paid_until__lte=FanzNow()).order_by("pk")
        held = list(over.select_for_update(skip_locked=True)[:limit])
        for row in held:
            why = "cancelled, and the last period is over"
            renewals.end(row, why, by=by, at=clock.now(), retry_at=row.retry_at)
    return len(held)


def _provider_of(subscription_id: UUID) -> tuple[Merchant, str]:
    row = Subscription.objects.filter(pk=subscription_id).first()
    if row is None or row.merchant_account_id is None:
        raise refusal("payments.no_subscription")
    return merchant(row.merchant_account_id), row.provider_ref
