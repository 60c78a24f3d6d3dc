"""Refunds by policy: small ones at once, larger or many ones when a second person agrees."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from foundation.actors import Actor
from foundation.money import Money
from processors.payments.services import request_refund
from processors.payments.types import PaymentView
from trust.judging import judge
from trust.types import Act, Judged, Verdict


def ask_refund(*, payment: PaymentView, amount: Money, reason: str, by: Actor, at: datetime) -> Any:
    """Ask for some or all of a payment back; returns the refund: PREPARED (send it), MANUAL_DUE, or REQUESTED when a
    person looks first.

    Refuses more than is left, and what a bank holds or took back.
    """
    judged = Judged(
        act=Act.REFUND, payment_id=payment.id, platform_id=payment.platform_id, fan_id=payment.fan_id,
        creator_id=payment.creator_id, amount=amount,
    )  # fmt: skip
    with transaction.atomic():
        judgement = judge(judged, by=by, at=at)
        return request_refund(
            payment_id=payment.id, amount=amount, reason=reason, by=by, at=at,
            is_agreed_first=judgement.verdict is not Verdict.ALLOW,
        )  # fmt: skip
