"""What a payment does to its subscription, in the same transaction. The payment is held first, then this."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.events import publish
from foundation.states import move
from processors.gateways.types import DeclineClass, Outcome
from processors.payments import events
from processors.payments.models import Attempt, Payment, Subscription
from processors.payments.rules.renewing import next_try
from processors.payments.services.alarms import alarm
from processors.payments.states import SubscriptionState

S = SubscriptionState
BilledBy = Subscription.BilledBy


def begin_or_renew(payment: Payment, attempt: Attempt, outcome: Outcome, *, by: Actor, at: datetime) -> None:
    """Paid: the first payment starts the subscription, each further one adds a period."""
    held = Subscription.objects.locked(payment.subscription_id)
    if held.state == S.ENDED and held.paid_until is None:
        _paid_after_all(held, payment, attempt, outcome, by=by, at=at)
        return
    is_first = held.state == S.PENDING
    paid_until = _paid_until(held, at)
    changes: dict[str, Any] = {"paid_until": paid_until, "failures": 0, "retry_at": None}
    if held.cancelled_at:
        changes["retry_at"] = held.retry_at
    if is_first:
        changes |= {
            "merchant_account_id": attempt.merchant_account_id,
            "provider_ref": outcome.subscription_ref[:120] if held.billed_by == BilledBy.PROVIDER else "",
            "instrument_id": payment.instrument_id,
        }
        move(held, to=S.ACTIVE, by=by, reason="first payment", at=at, **changes)
        publish(
            events.SubscriptionStarted(*_about(held), held.amount_minor, held.currency, held.period_days, paid_until),
            key=held,
        )
        if held.cancelled_at is not None:
            _cancelled(held, "cancelled before the first payment", by=by, at=at, retry_at=_stop_at(held, at))
        return
    if attempt.sent_at and held.told_at and attempt.sent_at < held.told_at:
        changes = {"paid_until": paid_until}  # something newer is known of its state
        Subscription.objects.filter(pk=held.pk).update(**changes)
    elif held.state == S.PAST_DUE:
        move(held, to=S.ACTIVE, by=by, reason="renewed", at=at, **changes)
    else:
        Subscription.objects.filter(pk=held.pk).update(**changes)
    if held.billed_by == BilledBy.PROVIDER and held.cancelled_at and (attempt.sent_at or at) > held.cancelled_at:
        _billed_on(held, payment, attempt, at)
    publish(events.SubscriptionRenewed(*_about(held), payment.pk, paid_until), key=held)


def _billed_on(held: Subscription, payment: Payment, attempt: Attempt, at: datetime) -> None:
    """What the provider took is on the books; it is told to stop again, and a person looks at the fan's money."""
    Subscription.objects.filter(pk=held.pk).update(retry_at=_stop_at(held, at))
    alarm(payment, "billed_on", f"{attempt.provider} billed {held.reference} after it was cancelled: give it back")


def _stop_at(held: Subscription, at: datetime) -> datetime | None:
    """When a provider that bills is to be told to stop; None where there is nobody to tell."""
    return at if held.provider_ref and held.billed_by == BilledBy.PROVIDER else None


def _paid_after_all(
    held: Subscription, payment: Payment, attempt: Attempt, outcome: Outcome, *, by: Actor, at: datetime
) -> None:
    """It was told to have ended before it began: the fan has the period that was taken, and no other one is billed."""
    is_billed_there = held.billed_by == BilledBy.PROVIDER and bool(outcome.subscription_ref)
    move(
        held, to=S.CANCELLED, by=by, reason="its first payment was taken after all", at=at, cancelled_at=at,
        paid_until=_paid_until(held, at), retry_at=at if is_billed_there else None,
        merchant_account_id=attempt.merchant_account_id, instrument_id=payment.instrument_id,
        provider_ref=outcome.subscription_ref[:120] if is_billed_there else "",
    )  # fmt: skip
    publish(events.SubscriptionCancelled(*_about(held), "its first payment was taken late", held.paid_until), key=held)


def _paid_until(held: Subscription, at: datetime) -> datetime:
    """A provider's periods follow each other whenever we hear of them; ours begin when they are paid."""
    period = timedelta(days=held.period_days)
    if held.paid_until is None:
        return at + period
    return (held.paid_until if held.billed_by == BilledBy.PROVIDER else max(held.paid_until, at)) + period


def note_failed_renewal(
    payment: Payment, code: str, decline_class: DeclineClass | None, *, by: Actor, at: datetime
) -> None:
    """Not paid: one that never began is over, one that runs is tried again, or ends when nothing can help."""
    held = Subscription.objects.locked(payment.subscription_id)
    if held.state == S.PENDING:
        end(held, f"the first payment failed: {code}", by=by, at=at)
    elif held.state in (S.ACTIVE, S.PAST_DUE) and held.billed_by == BilledBy.US:
        fall_behind(held, code, decline_class, by=by, at=at)


def fall_behind(held: Subscription, code: str, decline_class: DeclineClass | None, *, by: Actor, at: datetime) -> None:
    """A renewal failed. Where we bill we try again; where the provider bills, it does."""
    failures = held.failures + 1
    is_ours = held.billed_by == BilledBy.US
    retry_at = next_try(failures, decline_class, at) if is_ours else None
    if held.state == S.ACTIVE:
        move(held, to=S.PAST_DUE, by=by, reason=code, at=at, failures=failures, retry_at=retry_at)
    else:
        Subscription.objects.filter(pk=held.pk).update(failures=failures, retry_at=retry_at)
    publish(events.SubscriptionPastDue(*_about(held), failures, code, retry_at), key=held)
    if is_ours and retry_at is None:
        end(held, f"renewal failed: {code}", by=by, at=at)


def end(held: Subscription, reason: str, *, by: Actor, at: datetime, retry_at: datetime | None = None) -> None:
    """It is over; `retry_at`: a provider that has not listened yet is still to be told."""
    move(held, to=S.ENDED, by=by, reason=reason, at=at, retry_at=retry_at)
    publish(events.SubscriptionEnded(*_about(held), reason), key=held)


def cancel(held: Subscription, reason: str, *, by: Actor, at: datetime, tell_provider: bool) -> None:
    """No renewal follows. One that has not begun ends at once, unless its first payment is under way."""
    if held.state == S.PENDING:
        Subscription.objects.filter(pk=held.pk).update(cancelled_at=at)
        held.cancelled_at = at
        record("subscription.given_up", by=by, subject=held, reason=reason)
        return
    held.cancelled_at = at
    _cancelled(held, reason, by=by, at=at, retry_at=_stop_at(held, at) if tell_provider else None)


def _cancelled(held: Subscription, reason: str, *, by: Actor, at: datetime, retry_at: datetime | None = None) -> None:
    move(held, to=S.CANCELLED, by=by, reason=reason, at=at, cancelled_at=held.cancelled_at, retry_at=retry_at)
    publish(events.SubscriptionCancelled(*_about(held), reason, held.paid_until), key=held)


def _about(held: Subscription) -> tuple[UUID, UUID, UUID, UUID]:
    return held.pk, held.platform_id, held.fan_id, held.creator_id
