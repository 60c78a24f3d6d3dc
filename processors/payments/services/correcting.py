"""What people decided of a charge, once its provider proves it: a wrong number gives way, a wrong sale goes."""

from __future__ import annotations

from datetime import datetime

from foundation import rows
from foundation.actors import Actor
from foundation.events import publish
from foundation.money import Money
from processors.gateways.types import Outcome, Result
from processors.payments import events
from processors.payments.models import Attempt, Payment
from processors.payments.rules.finalising import Asked, integrity_fault
from processors.payments.services.alarms import alarm
from processors.payments.services.undoing import may_be_undone, take_back
from processors.payments.states import PaymentState

CONFIRMED = "confirmed"


def is_open_to_proof(attempt: Attempt) -> bool:
    """Whether only people say that it was taken, and under which number."""
    return attempt.raw.get("decided") == "taken" and CONFIRMED not in attempt.raw and attempt.result == Result.APPROVED


def prove(payment: Payment, attempt: Attempt, outcome: Outcome, *, by: Actor, at: datetime) -> None:
    """The provider says that it took it, as decided, by another number, or another amount. Both rows are held."""
    asked = Asked(Money(attempt.amount_minor, attempt.currency), attempt.reference, attempt.sent_at)
    if fault := integrity_fault(asked, outcome):
        _give_up(payment, attempt, fault, is_number_wrong=False, by=by, at=at)
        return
    number = outcome.provider_ref[:120]
    typed = attempt.provider_ref
    if number and number != typed:
        if not make_free(attempt, number, by=by, at=at):
            alarm(payment, "mismatch", f"{attempt.reference}: the provider's number {number} belongs to another charge")
            return
        attempt.provider_ref = number
        alarm(payment, "corrected", f"{attempt.reference}: people typed {typed}, the provider's number is {number}")
    attempt.raw = {**attempt.raw, CONFIRMED: attempt.provider_ref}
    Attempt.objects.filter(pk=attempt.pk).update(provider_ref=attempt.provider_ref, raw=attempt.raw)


def make_free(attempt: Attempt, number: str, *, by: Actor, at: datetime) -> bool:
    """Whether this number can be the attempt's: who holds it because people typed it, loses it with its sale."""
    others = Attempt.objects.filter(provider=attempt.provider, provider_ref=number, operation=attempt.operation)
    holder = others.exclude(pk=attempt.pk).first()
    if holder is None:
        return True
    if not is_open_to_proof(holder):
        return False
    payment = rows.hold(Payment, "id = %s", holder.payment_id)
    holder.refresh_from_db()
    if payment is None or holder.provider_ref != number or not is_open_to_proof(holder):
        return False
    why = f"{number} is the number of {attempt.reference}"
    _give_up(payment, holder, why, is_number_wrong=True, by=by, at=at)
    return True


def _give_up(payment: Payment, attempt: Attempt, why: str, *, is_number_wrong: bool, by: Actor, at: datetime) -> None:
    """Nothing speaks for the decision any more: people look again, at the sale too unless it was given back since."""
    wrong = {"was_decided": attempt.raw["decided"], "was_number": attempt.provider_ref, "why_not": why}
    raw = {**{key: said for key, said in attempt.raw.items() if key != "decided"}, **wrong}
    facts: dict[str, object] = {"raw": raw}
    is_undone = may_be_undone(payment)
    if is_undone or is_number_wrong:
        facts["provider_ref"] = ""
    if is_undone:
        facts["result"] = str(Result.UNKNOWN)
        take_back(payment, to=PaymentState.UNKNOWN, reason=why, by=by, at=at)
        publish(events.PaymentUnknown(payment.pk, payment.platform_id, attempt.pk, why), key=payment)
    Attempt.objects.filter(pk=attempt.pk).update(**facts)
    for name, value in facts.items():
        setattr(attempt, name, value)
    books = "its sale was taken back" if is_undone else "its sale stays: some of it was given back"
    alarm(payment, "decided_wrongly", f"{attempt.reference}: {why}; {books}")
