"""The one finaliser of refunds and voids: moves, the books and news, under the payment's lock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from foundation.actors import Actor
from foundation.crash import crash_point
from foundation.events import publish
from foundation.states import move
from processors.gateways.types import Outcome, Result
from processors.payments import events
from processors.payments.giving_back import Refund
from processors.payments.models import Payment
from processors.payments.rules import repairing
from processors.payments.rules.finalising import NEVER_CAME_AFTER
from processors.payments.services.alarms import alarm
from processors.payments.services.booking import book_refund
from processors.payments.services.held import raise_given_back
from processors.payments.states import PaymentState, RefundState

R = RefundState
UNDER_WAY = (R.SENT, R.PENDING, R.UNKNOWN)
GIVEN = (R.SUCCEEDED, R.MANUAL_SETTLED)


def settle_outcome(
    payment: Payment, refund: Refund, outcome: Outcome, *, by: Actor, at: datetime, is_asked: bool = False
) -> None:
    """Decide and carry out, on rows that are held. What was given stays given; a late yes outweighs a no."""
    if _contradicts(refund, outcome):
        alarm(payment, "contradicted", f"{refund.reference}: people had decided {refund.raw['decided']}")
    if refund.state in (*GIVEN, R.REJECTED) or (refund.state == R.FAILED and outcome.result is not Result.APPROVED):
        _learn(refund, outcome)
        return
    facts: dict[str, Any] = {
        "code": str(outcome.code or ""), "provider_text": outcome.provider_text[:300],
        "raw": dict(outcome.raw) or refund.raw,
    }  # fmt: skip
    if outcome.result is Result.APPROVED:
        if fault := _fault(refund, outcome):
            _doubt(payment, refund, fault, by=by, at=at, is_alarm=True)
        else:
            if outcome.provider_ref:
                facts["provider_ref"] = outcome.provider_ref[:120]
            settle_refund(payment, refund, to=R.SUCCEEDED, by=by, at=at, **facts)
    elif outcome.result is Result.DECLINED or _never_came(refund, outcome, is_asked, at):
        why = str(outcome.code or outcome.result)
        settle_refund(payment, refund, to=R.FAILED, by=by, at=at, why=why, **facts)
    elif outcome.result in (Result.PENDING, Result.ACTION_REQUIRED):
        if outcome.provider_ref and not _fault(refund, outcome):
            facts["provider_ref"] = outcome.provider_ref[:120]
        _wait(refund, by=by, at=at, **facts)
    else:
        _doubt(payment, refund, "no sure answer", by=by, at=at)


def settle_refund(
    payment: Payment, refund: Refund, *, to: RefundState, by: Actor, at: datetime, why: str = "", **facts: Any
) -> None:
    """The end of a refund: given, and the books follow, or not given, and the amount is free again."""
    if to in GIVEN:
        if refund.state == R.FAILED:
            raise_given_back(payment, refunds=refund.amount_minor)
        book_refund(payment, refund, merchant=refund.merchant_account_id, at=at)
        crash_point("refunds.booked")
        move(refund, to=to, by=by, reason=why, at=at, done_at=at, repair_at=None, **facts)
        if refund.is_void and payment.state == PaymentState.CAPTURED:
            move(payment, to=PaymentState.VOIDED, by=by, reason=refund.reason, at=at)
        elif refund.is_void:
            alarm(payment, "void_too_late", f"{refund.reference} worked after the payment was {payment.state}")
        publish(
            events.PaymentRefunded(
                payment.pk, payment.platform_id, refund.pk, payment.fan_id, payment.creator_id, refund.amount_minor,
                refund.currency, payment.refunds_minor, refund.origin, refund.is_void,
            ),
            key=refund,
        )  # fmt: skip
        if payment.is_paid_back_twice:
            alarm(payment, "paid_back_twice", f"refund {refund.reference} succeeded on money a bank took back")
        return
    raise_given_back(payment, refunds=-refund.amount_minor)
    move(refund, to=to, by=by, reason=why, at=at, repair_at=None, **facts)
    publish(
        events.RefundEnded(
            payment.pk, payment.platform_id, refund.pk, refund.amount_minor, refund.currency, str(to),
            str(facts.get("code", "") or why)[:40],
        ),
        key=refund,
    )  # fmt: skip


def _contradicts(refund: Refund, outcome: Outcome) -> bool:
    """Whether a provider says the opposite of what people had decided."""
    if refund.state not in (R.SUCCEEDED, R.FAILED) or "decided" not in refund.raw:
        return False
    given, denied = outcome.result is Result.APPROVED, outcome.result in (Result.DECLINED, Result.NOT_SENT)
    return given if refund.raw["decided"] == "not_taken" else denied


def _fault(refund: Refund, outcome: Outcome) -> str:
    """What differs between what was asked and what the provider says it gave."""
    if outcome.amount is not None and outcome.amount != refund.amount:
        return f"asked to refund {refund.amount}, the provider says {outcome.amount}"
    if outcome.reference and outcome.reference != refund.reference:
        return "the provider names another refund"
    if outcome.provider_ref and outcome.provider_ref != refund.provider_ref:
        others = Refund.objects.filter(provider=refund.provider, provider_ref=outcome.provider_ref)
        if others.exclude(pk=refund.pk).exists():
            return "the provider names a refund that is known already"
    return ""


def _never_came(refund: Refund, outcome: Outcome, is_asked: bool, at: datetime) -> bool:
    """Whether the provider is certain, and not only quicker to answer than our refund to arrive."""
    is_late = refund.sent_at is None or at - refund.sent_at >= NEVER_CAME_AFTER
    return outcome.result is Result.NOT_SENT and (is_late or not is_asked)


def _learn(refund: Refund, outcome: Outcome) -> None:
    """The same again; it may bring the provider's own number."""
    if outcome.provider_ref and not refund.provider_ref:
        refund.provider_ref = outcome.provider_ref[:120]
        Refund.objects.filter(pk=refund.pk).update(provider_ref=refund.provider_ref)


def _wait(refund: Refund, *, by: Actor, at: datetime, **facts: Any) -> None:
    due = repairing.next_asking(refund.sent_at or at, refund.repairs, at)
    facts["repair_at"] = due or at + repairing.ASKED_AFTER[-1]
    if refund.state == R.PENDING:
        Refund.objects.filter(pk=refund.pk).update(**facts)
    else:
        move(refund, to=R.PENDING, by=by, reason="taken by the provider", at=at, **facts)


def _doubt(payment: Payment, refund: Refund, why: str, *, by: Actor, at: datetime, is_alarm: bool = False) -> None:
    """We do not know; a person is called when two sides differ, or when asking has not helped."""
    repair_at = repairing.next_asking(refund.sent_at or at, refund.repairs, at)
    is_new = refund.provider_text != why
    if refund.state == R.SENT:
        move(refund, to=R.UNKNOWN, by=by, reason=why, at=at, repair_at=repair_at, provider_text=why[:300])
    else:
        Refund.objects.filter(pk=refund.pk).update(repair_at=repair_at, provider_text=why[:300])
    if is_alarm and is_new:
        alarm(payment, "refund_mismatch", f"{refund.reference}: {why}")
    elif repair_at is None:
        alarm(payment, "refund_unknown", f"{refund.reference}: asked {refund.repairs} times")
