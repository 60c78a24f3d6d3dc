"""What became of some charges of the past: money given back, and money that banks took back, by the services."""

from __future__ import annotations

import os
from datetime import datetime

from fanzmoney.demo.history.plan import GivenBack, Planned, TakenBack
from fanzmoney.demo.people import DEMO
from foundation.money import Money
from foundation.states import move
from processors.gateways.types import Outcome, Result
from processors.payments.models import Payment
from processors.payments.services import apply_refund_outcome, lose_dispute, open_dispute, win_dispute
from processors.payments.states import RefundState
from processors.payments.views import view_of
from trust.refunds import ask_refund


def write_aftermath(made: list[tuple[Planned, Payment]], *, until: datetime) -> None:
    """Refunds and disputes of these charges up to this moment, inside the caller's transaction."""
    for one, payment in made:
        if one.given_back:
            _give_back(payment, one.given_back)
        if one.taken_back:
            _take_back(payment, one.taken_back, until)


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
