"""Giving money back: asked for, agreed to, sent, known."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from foundation import clock
from foundation.actors import Actor
from foundation.approvals.services import request_approval
from foundation.crash import crash_point
from foundation.events import publish
from foundation.ids import uuid7
from foundation.money import Money
from foundation.retry import let_connection_go, retrying
from foundation.states import move
from foundation.switches.selectors import refuse_if_stopped
from ledger.rules.flows.crypto import Sent
from ledger.rules.flows.refunds import FeePolicy
from processors.gateways.base import gateways
from processors.gateways.types import Merchant, Operation, Outcome, Ref, RefundRequest
from processors.payments import events
from processors.payments.directory import merchant
from processors.payments.errors import refusal
from processors.payments.giving_back import Refund
from processors.payments.models import Attempt, Payment
from processors.payments.rules import giving_back, repairing
from processors.payments.services.asking import asker_of
from processors.payments.services.booking import book_coins_sent
from processors.payments.services.finalising import TAKEN_TOO
from processors.payments.services.held import hold_refund, raise_given_back, taken
from processors.payments.services.refs import charge_ref, refund_ref
from processors.payments.services.returning import UNDER_WAY, settle_outcome, settle_refund
from processors.payments.states import RefundState
from processors.payments.switches import REFUNDS
from processors.payments.types import RefundView
from processors.payments.views import view_of_refund

Also = Callable[[RefundView], None]
R = RefundState
LARGE = "refund.large"


@dataclass(frozen=True, slots=True)
class _Call:
    merchant: Merchant
    request: RefundRequest
    is_void: bool


def request_refund(
    *, payment_id: UUID, amount: Money, reason: str, by: Actor, at: datetime,
    fee_policy: FeePolicy = FeePolicy.RETURNED, approval_id: UUID | None = None, reference: str = "",
    is_agreed_first: bool | None = None,
) -> Refund:  # fmt: skip
    """Ask for some or all of a payment back, inside the caller's transaction; nothing has left.

    What comes back is PREPARED (send it), MANUAL_DUE (pay it by hand) or REQUESTED: a second person agrees first, where
    the room that judged says so, or of a large one that nobody judged, unless `approval_id` says who agreed. Refuses
    more than is left, and what a bank holds or took back.
    """
    if not reason.strip():
        raise refusal("payments.reason_missing")
    payment = Payment.objects.locked(payment_id)
    refuse_unrefundable(payment, amount)
    refund = new_refund(
        payment, amount, reason, by=by, at=at, fee_policy=fee_policy, approval_id=approval_id, reference=reference
    )
    waits = giving_back.is_large(amount) if is_agreed_first is None else is_agreed_first
    if waits and approval_id is None:
        ask_agreement(payment, refund, by=by, at=at)
        return refund
    approve_refund(payment, refund, by=by, at=at)
    return refund


def approve_refund(payment: Payment, refund: Refund, *, by: Actor, at: datetime) -> None:
    """It may be given: from here on its amount counts as given back. The payment is held by the caller."""
    refuse_unrefundable(payment, refund.amount)
    move(refund, to=R.APPROVED, by=by, reason=refund.reason, at=at)
    raise_given_back(payment, refunds=refund.amount_minor)
    can = gateways.find(refund.provider).capabilities.operations
    is_whole = refund.amount_minor == payment.captured_minor
    if (Operation.REFUND if is_whole else Operation.PARTIAL_REFUND) in can:
        move(refund, to=R.PREPARED, by=by, at=at, repair_at=at + repairing.LEASE)
    else:
        move(refund, to=R.MANUAL_DUE, by=by, reason=f"{refund.provider} cannot", at=at)
        _tell_requested(refund)


def ask_agreement(payment: Payment, refund: Refund, *, by: Actor, at: datetime) -> None:
    """Put a large refund before a second person."""
    approval = request_approval(
        kind=LARGE, payload={"refund_id": str(refund.pk)}, reason=refund.reason, by=asker_of(by), at=at
    )
    Refund.objects.filter(pk=refund.pk).update(approval_id=approval.pk)
    refund.approval_id = approval.pk
    _tell_requested(refund)


def reject_refund(*, refund_id: UUID, reason: str, by: Actor, at: datetime) -> Refund:
    """A person said no, or nobody decided in time. One that was decided already stays as it is."""
    with transaction.atomic():
        _, refund = hold_refund(refund_id)
        if refund.state == R.REQUESTED:
            move(refund, to=R.REJECTED, by=by, reason=reason, at=at)
            publish(
                events.RefundEnded(
                    refund.payment_id, refund.platform_id, refund.pk, refund.amount_minor, refund.currency,
                    str(R.REJECTED), "",
                ),
                key=refund,
            )  # fmt: skip
    return refund


def send_refund(*, refund_id: UUID, by: Actor, also: Also | None = None) -> RefundView:
    """Send a prepared refund or void and write down what came of it; `also` runs in the transaction that does.

    Called outside of any transaction. Refuses one that has left already. When a bank took the money meanwhile, the
    refund fails without leaving.
    """
    call = _mark_sent(refund_id, by)
    if isinstance(call, RefundView):
        return call
    crash_point("refunds.sent")
    let_connection_go()
    began = time.monotonic()
    gateway = gateways.find(call.merchant.provider)
    if call.is_void:
        outcome = gateway.void(call.merchant, call.request.charge, call.request.reference)
    else:
        outcome = gateway.refund(call.merchant, call.request)
    outcome = replace(
        outcome,
        reference="" if call.is_void else outcome.reference,
        raw={**outcome.raw, "latency_ms": round(1000 * (time.monotonic() - began))},
    )
    crash_point("refunds.answered")
    return _finish(refund_id, outcome, by, also)


def repair_refund(*, refund_id: UUID, by: Actor) -> RefundView:
    """Ask the provider what became of a refund; one that was prepared and never sent is sent now."""
    question = _note_question(refund_id)
    if isinstance(question, RefundView):
        return send_refund(refund_id=refund_id, by=by) if question.state == R.PREPARED else question
    account, refund_ref, charge_ref = question
    outcome = gateways.find(account.provider).refund_status(account, refund_ref, charge_ref)
    return _finish(refund_id, outcome, by, None, is_asked=True)


def settle_refund_by_hand(*, refund_id: UUID, proof: str, by: Actor, at: datetime, sent: Sent | None = None) -> Refund:
    """Somebody paid it back by hand, and here is the proof: the books follow. Refuses any other refund.

    What came in coins that are in our own hands goes back in coins: `sent` says how many left the treasury.
    """
    if not proof.strip():
        raise refusal("payments.proof_missing")
    with transaction.atomic():
        payment, refund = hold_refund(refund_id)
        if refund.state != R.MANUAL_DUE:
            raise refusal("payments.not_by_hand", state=refund.state)
        facts: dict[str, Any] = {"raw": {**refund.raw, "sent": asdict(sent)}} if sent else {}
        settle_refund(payment, refund, to=R.MANUAL_SETTLED, by=by, at=at, proof=proof.strip()[:200], **facts)
        if gateways.find(refund.provider).capabilities.is_treasury:
            if sent is None or sent.units <= 0:
                raise refusal("payments.coins_missing")
            book_coins_sent(refund, sent, at=at)
    return refund


def apply_refund_outcome(
    *, refund_id: UUID, outcome: Outcome, by: Actor, at: datetime, is_asked: bool = False
) -> Refund:
    """Write down what became of a refund, whoever found out."""
    with transaction.atomic():
        payment, refund = hold_refund(refund_id)
        settle_outcome(payment, refund, outcome, by=by, at=at, is_asked=is_asked)
    return refund


def refuse_unrefundable(payment: Payment, amount: Money) -> None:
    if code := giving_back.why_not_refund(taken(payment), amount):
        raise refusal(
            code, retryable=code == "payments.unknown" or None, state=payment.state,
            refundable_minor=payment.refundable.minor, disputed_minor=payment.disputed_minor,
            currency=payment.currency,
        )  # fmt: skip


def charge_of(payment: Payment) -> Attempt:
    """The attempt that took the money that is on the books."""
    taken = payment.attempts.filter(result="approved").exclude(raw__has_key=TAKEN_TOO).order_by("-number")
    booked_by = taken.filter(merchant_account_id=payment.merchant_account_id).first()
    taken_by = booked_by or taken.first()
    if taken_by is None:
        raise refusal("payments.not_taken", state=payment.state)
    return taken_by


def new_refund(
    payment: Payment, amount: Money, reason: str, *, by: Actor, at: datetime,
    fee_policy: FeePolicy = FeePolicy.RETURNED, approval_id: UUID | None = None, reference: str = "",
    is_void: bool = False,
) -> Refund:  # fmt: skip
    """The row of a refund that was asked for, of a payment that is held."""
    charge = charge_of(payment)
    refund_id = uuid7()
    return Refund.objects.create(
        id=refund_id,
        payment=payment,
        platform_id=payment.platform_id,
        merchant_account_id=charge.merchant_account_id,
        provider=charge.provider,
        reference=reference or refund_id.hex,
        amount_minor=amount.minor,
        currency=amount.currency,
        reason=reason.strip()[:300],
        fee_policy=FeePolicy(fee_policy),
        requested_by=by.reference,
        approval_id=approval_id,
        is_void=is_void,
        created_at=at,
    )


@retrying
def _mark_sent(refund_id: UUID, by: Actor) -> _Call | RefundView:
    with transaction.atomic(durable=True):
        at = clock.now()
        payment, refund = hold_refund(refund_id)
        refuse_if_stopped(REFUNDS.key)
        if refund.state != R.PREPARED:
            raise refusal("payments.refund_not_ready", state=refund.state)
        if payment.is_paid_back_twice:
            settle_refund(payment, refund, to=R.FAILED, by=by, at=at, why="a bank took it back meanwhile")
            return view_of_refund(refund)
        call = _Call(merchant(refund.merchant_account_id), _request(payment, refund), refund.is_void)
        move(refund, to=R.SENT, by=by, at=at, sent_at=at, repair_at=repairing.next_asking(at, 0, at))
        crash_point("refunds.before_sent")
    return call


@retrying
def _finish(refund_id: UUID, outcome: Outcome, by: Actor, also: Also | None, *, is_asked: bool = False) -> RefundView:
    with transaction.atomic(durable=True):
        payment, refund = hold_refund(refund_id)
        settle_outcome(payment, refund, outcome, by=by, at=clock.now(), is_asked=is_asked)
        view = view_of_refund(refund)
        if also:
            also(view)
        crash_point("refunds.before_final")
    return view


@retrying
def _note_question(refund_id: UUID) -> tuple[Merchant, Ref, Ref] | RefundView:
    with transaction.atomic(durable=True):
        payment, refund = hold_refund(refund_id)
        if refund.state not in UNDER_WAY:
            return view_of_refund(refund)
        Refund.objects.filter(pk=refund.pk).update(repairs=refund.repairs + 1)
        charge = charge_of(payment)
        return merchant(refund.merchant_account_id), refund_ref(refund, charge), charge_ref(charge)


def _request(payment: Payment, refund: Refund) -> RefundRequest:
    return RefundRequest(
        reference=refund.reference,
        charge=charge_ref(charge_of(payment)),
        amount=refund.amount,
        is_whole=refund.amount_minor == payment.captured_minor,
        reason=refund.reason,
    )


def _tell_requested(refund: Refund) -> None:
    publish(
        events.RefundRequested(
            refund.payment_id, refund.platform_id, refund.pk, refund.amount_minor, refund.currency, str(refund.state),
            refund.approval_id,
        ),
        key=refund,
    )  # fmt: skip
