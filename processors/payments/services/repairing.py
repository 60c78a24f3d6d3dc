"""What is not known is asked for, never tried again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction

from foundation import clock
from foundation.actors import Actor
from foundation.crash import crash_point
from foundation.errors import Unavailable
from foundation.retry import retrying
from foundation.states import move
from processors.gateways.base import gateways
from processors.gateways.types import Merchant, Outcome, Ref, Result
from processors.payments.directory import merchant
from processors.payments.errors import refusal
from processors.payments.giving_back import Refund
from processors.payments.models import Attempt, Payment
from processors.payments.rules.finalising import Source
from processors.payments.services.finalising import settle
from processors.payments.services.held import hold_attempt, is_next_try
from processors.payments.services.refs import charge_ref
from processors.payments.services.refunding import repair_refund
from processors.payments.states import WITH_PROVIDER, AttemptState, PaymentState
from processors.payments.types import PaymentView
from processors.payments.views import view_of

LEASE = timedelta(minutes=2)
# The claim is the lease: who takes a row puts its next time off, and a second worker finds nothing.
CLAIM = """
UPDATE {table} SET repair_at = fanz_now() + %s * interval '1 second' WHERE id IN (
    SELECT id FROM {table} WHERE repair_at <= fanz_now() ORDER BY repair_at LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a round of asking came to."""

    asked: int
    never_sent: int
    refunds: int
    put_off: int
    """Stopped by a switch or not to be had at the moment: asked again soon."""


@dataclass(frozen=True, slots=True)
class _Question:
    attempt_id: UUID
    merchant: Merchant
    ref: Ref


def repair_payment(*, payment_id: UUID, by: Actor) -> PaymentView:
    """Ask the provider what became of the newest attempt that is open, and write it down. Asks nothing of the rest.

    Called outside of any transaction. NotFound.
    """
    payment = Payment.objects.filter(pk=payment_id).first()
    if payment is None:
        raise refusal("payments.not_found")
    attempt = payment.attempts.order_by("-number").first()
    is_open = payment.state in WITH_PROVIDER or (attempt is not None and payment.state == PaymentState.EXPIRED)
    if attempt is None or not is_open or attempt.sent_at is None:
        return view_of(payment)
    return ask(attempt.pk, by=by)


def repair_due(*, by: Actor, limit: int = 100) -> Repaired:
    """Ask about everything whose time has come; charges never sent are closed, refunds left behind are sent.

    One that goes wrong does not keep the others waiting; the first such error is raised at the end.
    """
    done = Counter[str]()
    wrong: list[Exception] = []

    def each(ids: list[UUID], work: Callable[[UUID], str]) -> None:
        for id in ids:
            try:
                done[work(id)] += 1
            except Unavailable:
                done["put_off"] += 1
            except Exception as error:  # noqa: BLE001 - raised below, after the others had their turn
                wrong.append(error)

    each(claim(Attempt, limit), lambda id: _repair_attempt(id, by))
    each(claim(Refund, limit), lambda id: _repair_refund(id, by))
    if wrong:
        raise wrong[0]
    return Repaired(done["asked"], done["never_sent"], done["refunds"], done["put_off"])


def _repair_attempt(attempt_id: UUID, by: Actor) -> str:
    if _close_unsent(attempt_id, by=by):
        return "never_sent"
    ask(attempt_id, by=by)
    return "asked"


def _repair_refund(refund_id: UUID, by: Actor) -> str:
    repair_refund(refund_id=refund_id, by=by)
    return "refunds"


def ask(attempt_id: UUID, *, by: Actor) -> PaymentView:
    """One question about one attempt."""
    question = _note_question(attempt_id)
    crash_point("payments.asking")
    outcome = gateways.find(question.merchant.provider).charge_status(question.merchant, question.ref)
    crash_point("payments.asked")
    return _finish(attempt_id, outcome, by)


@retrying
def claim(table: type[Attempt] | type[Refund], limit: int) -> list[UUID]:
    """Take what is due for a while."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM.format(table=table._meta.db_table), [LEASE.total_seconds(), limit])
        return [id for (id,) in cursor.fetchall()]


@retrying
def _note_question(attempt_id: UUID) -> _Question:
    with transaction.atomic(durable=True):
        _, attempt = hold_attempt(attempt_id)
        Attempt.objects.filter(pk=attempt.pk).update(repairs=attempt.repairs + 1)
        return _Question(attempt.pk, merchant(attempt.merchant_account_id), charge_ref(attempt))


@retrying
def _finish(attempt_id: UUID, outcome: Outcome, by: Actor) -> PaymentView:
    with transaction.atomic(durable=True):
        payment, attempt = hold_attempt(attempt_id)
        settle(payment, attempt, outcome, source=Source.QUERY, by=by, at=clock.now())
        return view_of(payment)


@retrying
def _close_unsent(attempt_id: UUID, *, by: Actor) -> bool:
    """Whoever prepared this died before sending it: certain that nothing left."""
    with transaction.atomic(durable=True):
        at = clock.now()
        payment, attempt = hold_attempt(attempt_id)
        if attempt.state != AttemptState.PREPARED:
            return False
        is_next = is_next_try(payment, attempt)
        if payment.state in (PaymentState.ROUTED, PaymentState.REQUIRES_ACTION) or is_next:
            settle(payment, attempt, Outcome(Result.NOT_SENT), source=Source.CALL, by=by, at=at)
        else:
            move(
                attempt, to=AttemptState.ANSWERED, by=by, reason="never sent", at=at, result="not_sent", token="",
                repair_at=None,
            )  # fmt: skip
        return True
