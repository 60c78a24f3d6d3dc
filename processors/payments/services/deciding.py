"""A person says what became of a charge or refund that no question could settle; a second one agrees."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.approvals.services import request_approval
from processors.gateways.types import Outcome, Result
from processors.payments.errors import refusal
from processors.payments.giving_back import Refund
from processors.payments.models import Attempt, Payment
from processors.payments.rules.finalising import Source
from processors.payments.services.asking import asker_of
from processors.payments.services.finalising import settle
from processors.payments.services.held import hold_attempt, hold_refund
from processors.payments.services.returning import settle_outcome
from processors.payments.states import PaymentState, RefundState
from processors.payments.types import Decided

CHARGE_KIND, REFUND_KIND = "payment.outcome", "refund.outcome"


def ask_charge_decision(*, payment_id: UUID, decided: Decided, reason: str, by: Actor, at: datetime) -> UUID:
    """Put before a second person what became of a charge nobody could be asked about any more; returns the request.

    Refuses what is known, or still asked for.
    """
    attempt = Attempt.objects.filter(payment_id=payment_id).order_by("-number").first()
    if attempt is None:
        raise refusal("payments.not_found")
    return _ask(CHARGE_KIND, "attempt_id", attempt.pk, decided, reason, by, at)


def ask_refund_decision(*, refund_id: UUID, decided: Decided, reason: str, by: Actor, at: datetime) -> UUID:
    """The same of a refund."""
    return _ask(REFUND_KIND, "refund_id", refund_id, decided, reason, by, at)


def decide_charge(*, attempt_id: UUID, decided: Decided, by: Actor, at: datetime) -> Payment:
    """Two people said so: written down by the one finaliser. What the provider proves later is stronger."""
    with transaction.atomic():
        payment, attempt = hold_attempt(attempt_id)
        refuse_known_charge(payment, attempt, decided)
        outcome = _outcome(decided, attempt.raw)
        settle(payment, attempt, outcome, source=Source.PERSON, by=by, at=at)
        if payment.state == PaymentState.UNKNOWN:
            raise refusal("payments.number_of_another")
    return payment


def decide_refund(*, refund_id: UUID, decided: Decided, by: Actor, at: datetime) -> Refund:
    with transaction.atomic():
        payment, refund = hold_refund(refund_id)
        refuse_known_refund(refund, decided)
        settle_outcome(payment, refund, _outcome(decided, refund.raw), by=by, at=at)
        if refund.state == RefundState.UNKNOWN:
            raise refusal("payments.number_of_another")
    return refund


def refuse_known_charge(payment: Payment, attempt: Attempt, decided: Decided) -> None:
    """Refuse a charge that is known or still asked about, and a number of the provider that is another's."""
    if not is_undecided(payment, attempt):
        raise refusal("payments.not_undecided", state=payment.state)
    _check(decided)
    others = Attempt.objects.filter(provider=attempt.provider, provider_ref=decided.provider_ref).exclude(pk=attempt.pk)
    if decided.happened and others.filter(operation=attempt.operation).exists():
        raise refusal("payments.number_of_another")


def refuse_known_refund(refund: Refund, decided: Decided) -> None:
    if refund.state != RefundState.UNKNOWN or refund.repair_at is not None:
        raise refusal("payments.not_undecided", state=refund.state)
    _check(decided)
    others = Refund.objects.filter(provider=refund.provider, provider_ref=decided.provider_ref).exclude(pk=refund.pk)
    if decided.happened and others.exists():
        raise refusal("payments.number_of_another")


def is_undecided(payment: Payment, attempt: Attempt) -> bool:
    """Whether asking came to its end without an answer."""
    return payment.state == PaymentState.UNKNOWN and attempt.sent_at is not None and attempt.repair_at is None


def _check(decided: Decided) -> None:
    if not decided.proof.strip():
        raise refusal("payments.proof_missing")
    if decided.happened and not decided.provider_ref.strip():
        raise refusal("payments.number_missing")


def _outcome(decided: Decided, raw: dict[str, object]) -> Outcome:
    """As if the provider had said it, marked as said by people."""
    return Outcome(
        Result.APPROVED if decided.happened else Result.NOT_SENT,
        provider_ref=decided.provider_ref.strip() if decided.happened else "",
        provider_text=f"decided: {decided.proof.strip()}",
        raw={**raw, "decided": "taken" if decided.happened else "not_taken", "proof": decided.proof.strip()},
    )


def _ask(kind: str, name: str, id: UUID, decided: Decided, reason: str, by: Actor, at: datetime) -> UUID:
    payload = {
        name: str(id), "happened": decided.happened, "proof": decided.proof.strip(),
        "provider_ref": decided.provider_ref.strip(),
    }  # fmt: skip
    asked = request_approval(kind=kind, payload=payload, reason=reason, by=asker_of(by), at=at)
    approval_id: UUID = asked.pk
    return approval_id
