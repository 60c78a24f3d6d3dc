"""What became of some charges of the past: money given back, and money that banks took back, by the services."""

from __future__ import annotations

import os
from datetime import datetime

from fanzmoney.demo.history.plan import GivenBack, Planned, TakenBack
from fanzmoney.demo.people import DEMO
from foundation.money import Money
from foundation.states import move
from processors.gateways.types import Outcome, Result
from processors.payments.models import Attempt, Payment
from processors.payments.services import (
    apply_refund_outcome,
    create_subscription,
    lose_dispute,
    open_dispute,
    win_dispute,
)
from processors.payments.services.renewals import begin_or_renew
from processors.payments.states import RefundState
from processors.payments.views import view_of
from trust.refunds import ask_refund

PERIOD_DAYS = 30


def write_aftermath(made: list[tuple[Planned, Payment]], *, until: datetime) -> None:
    """What began with these charges, and what went back up to this moment, inside the caller's transaction."""
    for one, payment in made:
        if one.is_monthly:
            _begin_subscription(one, payment)
        if one.given_back:
            _give_back(payment, one.given_back)
        if one.taken_back:
            _take_back(payment, one.taken_back, until)


def _begin_subscription(one: Planned, payment: Payment) -> None:
    agreed = create_subscription(
        platform_id=one.platform_id, fan_id=one.fan_id, creator_id=one.creator_id, reference=one.reference,
        amount=one.amount, period_days=PERIOD_DAYS, by=DEMO, at=one.at,
    )  # fmt: skip
    Payment.objects.filter(pk=payment.pk).update(subscription=agreed)
    payment.subscription_id = agreed.pk
    attempt = Attempt.objects.get(payment=payment)
    outcome = Outcome(Result.APPROVED, provider_ref=attempt.provider_ref, subscription_ref=attempt.provider_ref)
    begin_or_renew(payment, attempt, outcome, by=DEMO, at=payment.captured_at or one.at)


def _give_back(payment: Payment, back: GivenBack) -> None:
    amount = Money(max(1, payment.amount_minor * back.percent // 100), payment.currency)
    refund = ask_refund(payment=view_of(payment), amount=amount, reason=back.reason, by=DEMO, at=back.at)
    if refund.state != RefundState.PREPARED:
        return
    move(refund, to=RefundState.SENT, by=DEMO, at=back.at, sent_at=back.at, repair_at=None)
    outcome = Outcome(
        Result.APPROVED, reference=refund.reference, provider_ref=f"r{os.urandom(7).hex()}", amount=amount
    )
    apply_refund_outcome(refund_id=refund.pk, outcome=outcome, by=DEMO, at=back.at)


def _take_back(payment: Payment, back: TakenBack, until: datetime) -> None:
    dispute = open_dispute(
        payment_id=payment.pk, provider_ref=f"cb{os.urandom(7).hex()}", amount=payment.amount, reason=back.reason,
        by=DEMO, at=back.at, told_at=back.at,
    )  # fmt: skip
    if back.ends_at < until:
        (win_dispute if back.is_won else lose_dispute)(dispute_id=dispute.pk, by=DEMO, at=back.ends_at)
