"""The next try at another account of ours, after an answer that makes sure that nothing was taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.errors import Refusal
from processors.gateways.types import Outcome
from processors.payments.models import Attempt, ChargeWarrant, Payment
from processors.payments.rules.following import may_follow
from processors.payments.rules.routing import first_possible
from processors.payments.services.finalising import note_tried
from processors.payments.services.routing import Tried, create_attempt, usable_warrant, ways_for
from processors.payments.switches import refuse_stopped_charge
from processors.payments.types import PaymentView
from processors.payments.views import view_of

Again = Callable[[PaymentView], UUID | None]
"""Judges the same charge once more, in the transaction that knows how the try before ended: its warrant, or None."""


def follow(
    payment: Payment, attempt: Attempt, outcome: Outcome, again: Again, *, by: Actor, at: datetime, latency_ms: int
) -> Attempt | None:
    """The next attempt, prepared, with the one before noted; None when it ends here. Both rows are held."""
    if not may_follow(outcome, tries=attempt.number):
        return None
    tries = list(payment.attempts.order_by("number"))
    token = attempt.token
    if not may_follow(outcome, tries=len(tries)) or any(one.result == "action_required" for one in tries):
        return None
    tried = Tried(frozenset(one.merchant_account_id for one in tries), attempt.provider if token else "")
    found = ways_for(payment, token=token, tried=tried)
    chosen, warrant = first_possible(found), None
    if chosen is not None:
        warrant = _judged(payment, again, at)
    if chosen is None or warrant is None:
        return None
    note_tried(payment, attempt, outcome, by=by, at=at, latency_ms=latency_ms)
    payment.routing = [*payment.routing, *(one.said() for one in found)]
    payment.merchant_account_id = chosen.slug
    Payment.objects.filter(pk=payment.pk).update(routing=payment.routing, merchant_account_id=chosen.slug)
    return create_attempt(payment, warrant, chosen, token=token, number=len(tries) + 1, at=at)


def _judged(payment: Payment, again: Again, at: datetime) -> ChargeWarrant | None:
    """Whoever refuses here ends nothing but the trying: what the provider answered stays to be written down."""
    try:
        with transaction.atomic():
            refuse_stopped_charge(payment.platform_id)
            warrant_id = again(view_of(payment))
            return usable_warrant(payment, warrant_id, ChargeWarrant.Verdict.ALLOW, at) if warrant_id else None
    except Refusal:
        return None
