"""One try to charge: prepared with its warrant, sent, answered. What is sent was written down before."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from foundation import clock
from foundation.actors import Actor
from foundation.crash import crash_point
from foundation.money import Money
from foundation.retry import let_connection_go, retrying
from foundation.states import move
from processors.gateways.base import gateways
from processors.gateways.types import ChargeRequest, Merchant, Operation, Outcome, Recurring
from processors.payments.directory import merchant
from processors.payments.errors import refusal
from processors.payments.models import Attempt, ChargeWarrant, Payment, Subscription
from processors.payments.rules import repairing
from processors.payments.rules.finalising import Source
from processors.payments.rules.routing import first_possible
from processors.payments.services.creating import check_token
from processors.payments.services.finalising import settle
from processors.payments.services.following import Again, follow
from processors.payments.services.held import hold_attempt, is_next_try
from processors.payments.services.routing import create_attempt, usable_warrant, ways_for
from processors.payments.states import AttemptState, PaymentState
from processors.payments.switches import refuse_stopped_charge, refuse_stopped_provider
from processors.payments.types import PaymentView
from processors.payments.views import view_of

Also = Callable[[PaymentView], None]
Verdict = ChargeWarrant.Verdict
PROOF = "threeds"
"""The kind of action after which a buyer comes back with a proof for the next attempt."""


@dataclass(frozen=True, slots=True)
class _Call:
    merchant: Merchant
    request: ChargeRequest


def prepare_attempt(
    *, payment_id: UUID, warrant_id: UUID, token: str = "", by: Actor, at: datetime, written: Payment | None = None
) -> Attempt:
    """Choose the way and write the attempt down, inside the caller's transaction; nothing has left.

    `written`: the payment, where this very transaction wrote it down, so that nobody else can know it yet.
    Refuses without a fresh warrant that allows it, while charges are stopped, and when no provider can take it.
    """
    payment = written or Payment.objects.locked(payment_id)
    check_chargeable(payment)
    warrant = usable_warrant(payment, warrant_id, Verdict.ALLOW, at)
    attempt = add_attempt(payment, warrant, token=token, by=by, at=at)
    if payment.state == PaymentState.CREATED:
        move(
            payment, to=PaymentState.ROUTED, by=by, reason=f"to {attempt.merchant_account_id}", at=at,
            routing=payment.routing, merchant_account_id=attempt.merchant_account_id,
        )  # fmt: skip
    return attempt


def add_attempt(
    payment: Payment, warrant: ChargeWarrant, *, token: str, by: Actor, at: datetime, lease: bool = True
) -> Attempt:
    """The next attempt of a payment that is held, by the best way there is; the payment keeps the reasons."""
    check_token(token)
    refuse_stopped_charge(payment.platform_id)
    found = ways_for(payment, token=token)
    chosen = first_possible(found)
    payment.routing = [one.said() for one in found]
    if chosen is None:
        raise refusal("payments.no_way", why=sorted({why for one in found for why in one.why_not}))
    number = 1 + (0 if payment.state == PaymentState.CREATED else payment.attempts.count())
    return create_attempt(payment, warrant, chosen, token=token, number=number, at=at, lease=lease)


def check_chargeable(payment: Payment) -> None:
    """Refuse a payment that is with a provider or over, unless its buyer came back with a proof."""
    if payment.state == PaymentState.UNKNOWN:
        raise refusal("payments.unknown", retryable=True, state=payment.state)
    is_proving = payment.state == PaymentState.REQUIRES_ACTION and (payment.action or {}).get("kind") == PROOF
    if payment.state != PaymentState.CREATED and not is_proving:
        raise refusal("payments.cannot_charge", state=payment.state)


def send_attempt(
    *, attempt_id: UUID, by: Actor, also: Also | None = None, threeds: Mapping[str, str] | None = None,
    again: Again | None = None,
) -> PaymentView:  # fmt: skip
    """Send a prepared attempt and write down what came of it; `also` runs in the transaction that does.

    With `again`, what was certainly not taken is tried at other accounts of ours, each time judged again. Called
    outside of any transaction. Refuses an attempt that has left already.
    """
    call = _mark_sent(attempt_id, by, threeds or {})
    crash_point("payments.sent")
    let_connection_go()
    began = time.monotonic()
    outcome = gateways.find(call.merchant.provider).charge(call.merchant, call.request)
    latency_ms = round(1000 * (time.monotonic() - began))
    crash_point("payments.answered")
    done = _finish(attempt_id, outcome, latency_ms, by, also, None if threeds else again)
    return done if isinstance(done, PaymentView) else send_attempt(attempt_id=done, by=by, also=also, again=again)


@retrying
def _mark_sent(attempt_id: UUID, by: Actor, threeds: Mapping[str, str]) -> _Call:
    """From here on only the provider knows."""
    with transaction.atomic(durable=True):
        at = clock.now()
        payment, attempt = hold_attempt(attempt_id)
        refuse_stopped_charge(payment.platform_id)
        refuse_stopped_provider(attempt.provider)
        if attempt.state != AttemptState.PREPARED:
            raise refusal("payments.already_sent", state=attempt.state)
        is_next = is_next_try(payment, attempt)
        if payment.state not in (PaymentState.ROUTED, PaymentState.REQUIRES_ACTION) and not is_next:
            raise refusal("payments.cannot_charge", state=payment.state)
        call = _Call(merchant(attempt.merchant_account_id), _request(payment, attempt, threeds))
        move(
            attempt, to=AttemptState.SENT, by=by, at=at, sent_at=at, send_at=None,
            repair_at=repairing.next_asking(at, 0, at),
        )  # fmt: skip
        if not is_next:
            move(payment, to=PaymentState.PROCESSING, by=by, at=at, action=None)
        crash_point("payments.before_sent")
    return call


@retrying
def _finish(
    attempt_id: UUID, outcome: Outcome, latency_ms: int, by: Actor, also: Also | None, again: Again | None
) -> PaymentView | UUID:
    """How the payment stands now, or the attempt that follows."""
    with transaction.atomic(durable=True):
        at = clock.now()
        payment, attempt = hold_attempt(attempt_id)
        if again and payment.state == PaymentState.PROCESSING and attempt.state == AttemptState.SENT:
            following = follow(payment, attempt, outcome, again, by=by, at=at, latency_ms=latency_ms)
            if following:
                return following.pk
        settle(payment, attempt, outcome, source=Source.CALL, by=by, at=at, latency_ms=latency_ms)
        view = view_of(payment)
        if also:
            also(view)
        crash_point("payments.before_final")
    crash_point("payments.final")
    return view


def _request(payment: Payment, attempt: Attempt, threeds: Mapping[str, str]) -> ChargeRequest:
    token = attempt.token
    if not token and payment.instrument is not None:
        token = payment.instrument.token
    return ChargeRequest(
        reference=attempt.reference,
        amount=Money(attempt.amount_minor, attempt.currency),
        token=token,
        recurring=_recurring(payment),
        return_url=payment.return_url,
        notify_url=f"{settings.PUBLIC_URL}/webhooks/{attempt.provider}/",
        description=payment.description,
        threeds=threeds,
        expires_at=payment.expires_at,
        coin=payment.coin,
        keeps_instrument=attempt.operation != Operation.CHARGE_TOKEN,
    )


def _recurring(payment: Payment) -> Recurring | None:
    """The first payment of a subscription that the provider bills by itself from then on."""
    wanted = payment.subscription
    if wanted is None or wanted.billed_by != Subscription.BilledBy.PROVIDER or wanted.provider_ref:
        return None
    return Recurring(Money(wanted.amount_minor, wanted.currency), wanted.period_days)
