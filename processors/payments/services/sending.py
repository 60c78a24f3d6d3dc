"""What a person allowed leaves here, if it still may."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from foundation import clock
from foundation.actors import Actor
from foundation.errors import Conflict, Refusal, Unavailable
from foundation.events import publish
from foundation.retry import retrying
from processors.payments import events
from processors.payments.models import Attempt
from processors.payments.services.attempting import send_attempt
from processors.payments.services.cancelling import cancel_payment
from processors.payments.services.held import hold_attempt
from processors.payments.services.rechecking import refuse_no_longer_chargeable
from processors.payments.states import AttemptState, PaymentState


def send_due(*, by: Actor, limit: int = 100) -> int:
    """Send what a person allowed; returns how many left. Called outside of any transaction.

    What is stopped waits until it runs again, what may not be charged any more is cancelled; one that goes wrong does
    not keep the others waiting, and is raised last.
    """
    sent, wrong = 0, list[Exception]()
    for attempt_id in _to_send(limit):
        try:
            if not _is_cancelled(attempt_id, by=by):
                send_attempt(attempt_id=attempt_id, by=by)
                sent += 1
        except Unavailable:
            continue
        except Exception as error:  # noqa: BLE001 - raised below, after the others had their turn
            if not (isinstance(error, Conflict) and error.code == "payments.already_sent"):  # another was faster
                wrong.append(error)
    if wrong:
        raise wrong[0]
    return sent


def _to_send(limit: int) -> list[UUID]:
    due = Attempt.objects.filter(state=AttemptState.PREPARED, send_at__isnull=False)
    return list(due.order_by("send_at").values_list("pk", flat=True)[:limit])


@retrying
def _is_cancelled(attempt_id: UUID, *, by: Actor) -> bool:
    with transaction.atomic(durable=True):
        payment, attempt = hold_attempt(attempt_id)
        if payment.state != PaymentState.ROUTED or attempt.state != AttemptState.PREPARED:
            return False
        try:
            refuse_no_longer_chargeable(payment, attempt)
        except Refusal as refused:
            reason = f"it was no longer possible: {', '.join(refused.facts['why'])}"
            cancel_payment(payment_id=payment.pk, reason=reason, by=by, at=clock.now())
            publish(events.PaymentReviewed(payment.pk, payment.platform_id, "cancel"), key=payment)
            return True
    return False
