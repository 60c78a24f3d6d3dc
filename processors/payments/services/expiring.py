"""What ran out of time. Whatever a provider may have is asked for before it is given up."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from foundation import clock
from foundation.actors import Actor
from foundation.clock.functions import FanzNow
from foundation.events import publish
from foundation.retry import retrying
from foundation.states import move
from processors.gateways.types import Result
from processors.payments import events
from processors.payments.endings import tell_ended
from processors.payments.models import Attempt, Payment
from processors.payments.services.renewals import note_failed_renewal
from processors.payments.services.repairing import ask
from processors.payments.services.reviewing import cancel_reviewed
from processors.payments.states import AttemptState, PaymentState

P = PaymentState
GRACE = timedelta(minutes=2)
"""A buyer who pays in the last second is not turned away by our clock."""


CANNOT_SAY = timedelta(days=1)


def expire_due(*, by: Actor, limit: int = 200) -> int:
    """End what nobody finished in time; returns how many."""
    done = 0
    for payment_id, state in _due(limit):
        if state == P.IN_REVIEW:
            payment = cancel_reviewed(
                payment_id=payment_id, reason="nobody decided in time", by=by, at=clock.now(), to=P.EXPIRED
            )
            done += payment.state == P.EXPIRED
        else:
            done += _expire(payment_id, by=by)
    return done


def _due(limit: int) -> list[tuple[UUID, str]]:
    unfinished = Q(state__in=[P.CREATED, P.REQUIRES_ACTION], expires_at__lte=FanzNow() - GRACE)
    undecided = Q(state=P.IN_REVIEW, review_until__lte=FanzNow())
    return list(
        Payment.objects.filter(unfinished | undecided).order_by("created_at").values_list("pk", "state")[:limit]
    )


def _expire(payment_id: UUID, *, by: Actor) -> bool:
    last = Attempt.objects.filter(payment_id=payment_id, sent_at__isnull=False).order_by("-number").first()
    if last is not None:
        ask(last.pk, by=by)
    return _give_up(payment_id, by=by)


def _is_long_over(payment: Payment, at: datetime) -> bool:
    return payment.expires_at is not None and at >= payment.expires_at + CANNOT_SAY


@retrying
def _give_up(payment_id: UUID, *, by: Actor) -> bool:
    """Once the provider said that nothing came. While it cannot say the question stays, for a day; proof that money was
    taken is heard after that as well."""
    with transaction.atomic(durable=True):
        payment = Payment.objects.locked(payment_id)
        if payment.state not in (P.CREATED, P.REQUIRES_ACTION):
            return False
        at = clock.now()
        last = payment.attempts.order_by("-number").first()
        if last is not None and last.result == Result.UNKNOWN and not _is_long_over(payment, at):
            return False
        move(payment, to=P.EXPIRED, by=by, reason="not finished in time", at=at, decline_code="expired", action=None)
        if last is not None:
            Attempt.objects.filter(pk=last.pk).update(repair_at=None, token="")
        if last is not None and last.state == AttemptState.PREPARED:
            move(last, to=AttemptState.ANSWERED, by=by, reason="not sent", at=at, result="not_sent")
        tell_ended(payment.pk)
        publish(events.PaymentEnded(payment.pk, payment.platform_id, str(P.EXPIRED), "expired"), key=payment)
        if payment.subscription_id:
            note_failed_renewal(payment, "expired", None, by=by, at=at)
        return True
