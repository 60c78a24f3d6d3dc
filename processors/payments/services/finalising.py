"""The one finaliser: an answer, a status or a told fact becomes a state, a posting and news, under one lock."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from foundation import prepared
from foundation.actors import Actor
from foundation.crash import crash_point
from foundation.events import publish, publish_in_order
from foundation.money import Money
from foundation.restrictions.selectors import is_restricted
from foundation.restrictions.types import Kind
from foundation.states import move
from processors.gateways.types import DeclineClass, Outcome, Result
from processors.payments import events
from processors.payments.endings import tell_ended
from processors.payments.models import Attempt, Payment
from processors.payments.rules import repairing
from processors.payments.rules.finalising import LEADS_TO, WEIGHT, Asked, Decision, Source, Step, contradicts, decide
from processors.payments.services.alarms import alarm
from processors.payments.services.booking import book_sale, next_sale_journal
from processors.payments.services.correcting import is_open_to_proof, make_free, prove
from processors.payments.services.held import hold_attempt
from processors.payments.services.instruments import keep_instrument, retire_instrument
from processors.payments.services.renewals import begin_or_renew, note_failed_renewal
from processors.payments.states import OVER, AttemptState, PaymentState

_ANOTHERS = """
SELECT 1 FROM payment_attempt WHERE provider = %s AND provider_ref = %s AND operation = %s AND id <> %s LIMIT 1
"""
TAKEN_TOO = "taken_too"
"""On an attempt whose money is not on the books: another one's was there first."""
FINAL = frozenset({Step.CAPTURE, Step.DECLINE, Step.FAIL, Step.EXPIRE, Step.CANCEL})


def apply_outcome(
    *, attempt_id: UUID, outcome: Outcome, by: Actor, at: datetime, source: Source = Source.QUERY
) -> Payment:
    """Write down what became of an attempt, whoever found out; told again, nothing happens twice.

    `source` says how sure it is: a provider asked shortly after sending may not know the charge yet.
    """
    with transaction.atomic():
        payment, attempt = hold_attempt(attempt_id)
        settle(payment, attempt, outcome, source=source, by=by, at=at)
    return payment


def settle(
    payment: Payment, attempt: Attempt, outcome: Outcome, *, source: Source, by: Actor, at: datetime,
    latency_ms: int | None = None,
) -> Decision:  # fmt: skip
    """Decide and carry out, on rows that are held."""
    decision = _checked(payment, attempt, outcome, source, at)
    if decision.step is Step.CAPTURE and not _is_its_own(attempt, outcome.provider_ref, source, by=by, at=at):
        decision = Decision(
            Step.DOUBT, "the provider names a charge that belongs to another payment", is_alarm=True
        )  # fmt: skip
    is_open = WEIGHT[PaymentState(payment.state)] == 0
    if contradicts(attempt.raw.get("decided", ""), outcome.result, decision.step):
        alarm(payment, "contradicted", f"people had decided {attempt.raw['decided']}, the provider says the opposite")
    if outcome.result is Result.APPROVED and decision.step is Step.STALE and is_open_to_proof(attempt):
        prove(payment, attempt, outcome, by=by, at=at)
        return decision
    if decision.step is Step.STALE and _is_taken_twice(payment, attempt, outcome):
        attempt.raw = {**attempt.raw, TAKEN_TOO: outcome.provider_ref}
        Attempt.objects.filter(pk=attempt.pk).update(raw=attempt.raw)
        alarm(payment, "taken_twice", f"{attempt.reference} was taken too: give it back at {attempt.provider}")
    _note_answer(attempt, outcome, decision, source=source, is_open=is_open, by=by, at=at, latency_ms=latency_ms)
    crash_point("payments.noted")
    match decision.step:
        case Step.CAPTURE:
            _capture(payment, attempt, outcome, by=by, at=at)
        case Step.DECLINE | Step.FAIL | Step.EXPIRE | Step.CANCEL:
            _end(payment, attempt, outcome, decision, by=by, at=at)
        case Step.WAIT_FOR_BUYER:
            _wait_for_buyer(payment, outcome, by=by, at=at)
        case Step.WAIT_FOR_PROVIDER if payment.state != PaymentState.PROCESSING:
            move(payment, to=PaymentState.PROCESSING, by=by, reason="the provider has it", at=at)
        case Step.DOUBT:
            _doubt(payment, attempt, decision, by=by, at=at)
        case Step.REOPEN:
            _reopen(payment, attempt, decision, by=by, at=at)
    return decision


def note_tried(
    payment: Payment, attempt: Attempt, outcome: Outcome, *, by: Actor, at: datetime, latency_ms: int
) -> None:
    """What one try came to, while the payment goes on with another."""
    decision = _checked(payment, attempt, outcome, Source.CALL, at)
    _note_answer(attempt, outcome, decision, source=Source.CALL, is_open=True, by=by, at=at, latency_ms=latency_ms)


def _checked(payment: Payment, attempt: Attempt, outcome: Outcome, source: Source, at: datetime) -> Decision:
    asked = Asked(
        Money(attempt.amount_minor, attempt.currency), attempt.reference, attempt.sent_at,
        is_given_up=_is_given_up(attempt),
    )  # fmt: skip
    decision = decide(PaymentState(payment.state), outcome, asked, source=source, at=at)
    is_known = attempt.state in (AttemptState.ANSWERED, AttemptState.REPAIRED)
    if is_known and decision.step not in (Step.CAPTURE, Step.STALE) and _is_followed(payment, attempt):
        return Decision(Step.STALE, "a later attempt counts")
    return decision


def _is_given_up(attempt: Attempt) -> bool:
    return attempt.state == AttemptState.REPAIRED and attempt.result == Result.NOT_SENT


def _is_followed(payment: Payment, attempt: Attempt) -> bool:
    return payment.attempts.filter(number__gt=attempt.number).exists()


def _is_taken_twice(payment: Payment, attempt: Attempt, outcome: Outcome) -> bool:
    """Whether a provider took what another account of ours has taken already."""
    if outcome.result is not Result.APPROVED or attempt.result == Result.APPROVED or TAKEN_TOO in attempt.raw:
        return False
    return payment.attempts.filter(result=str(Result.APPROVED)).exclude(pk=attempt.pk).exists()


def _is_its_own(attempt: Attempt, provider_ref: str, source: Source, *, by: Actor, at: datetime) -> bool:
    """Whether this number can stand for this charge; what people typed for another one gives way to a provider."""
    if not _is_anothers(attempt, provider_ref):
        return True
    return source is not Source.PERSON and make_free(attempt, provider_ref, by=by, at=at)


def _is_anothers(attempt: Attempt, provider_ref: str) -> bool:
    """Whether this number of the provider stands for another charge already."""
    if not provider_ref or provider_ref == attempt.provider_ref:
        return False
    return bool(prepared.run(_ANOTHERS, [attempt.provider, provider_ref, attempt.operation, attempt.pk]))


def _note_answer(
    attempt: Attempt, outcome: Outcome, decision: Decision, *, source: Source, is_open: bool, by: Actor, at: datetime,
    latency_ms: int | None = None,
) -> None:  # fmt: skip
    """The attempt keeps the newest that is known of it."""
    if decision.step is Step.STALE:
        _note_stale(attempt, outcome, source, by=by, at=at, latency_ms=latency_ms)
        return
    is_doubt, is_final = decision.step in (Step.DOUBT, Step.REOPEN), decision.step in FINAL
    repair_at = None
    if decision.step is Step.REOPEN or (is_open and not is_final):
        repair_at = _next_asking(attempt, at, is_doubt=is_doubt)
    elif _is_call_out(attempt, outcome, source):
        repair_at = _next_asking(attempt, at, is_doubt=True)
    if decision.step is Step.WAIT_FOR_BUYER and source is Source.QUERY and attempt.result:
        Attempt.objects.filter(pk=attempt.pk).update(repair_at=repair_at, result=str(Result.ACTION_REQUIRED))
        return
    changes: dict[str, Any] = {
        "result": str(Result.UNKNOWN if is_doubt else outcome.result),
        "code": str(outcome.code or ""),
        "decline_class": str(outcome.decline_class or ""),
        "provider_code": outcome.provider_code[:40],
        "provider_text": (decision.why if is_doubt else outcome.provider_text)[:300],
        "raw": dict(outcome.raw) or {key: said for key, said in attempt.raw.items() if key != TAKEN_TOO},
        "repair_at": repair_at,
    }
    if outcome.provider_ref and not is_doubt:
        changes["provider_ref"] = outcome.provider_ref[:120]
    if is_final and repair_at is None:
        changes["token"] = ""
    if not is_doubt:
        changes["answered_at"] = at
    if latency_ms is not None:
        changes["latency_ms"] = latency_ms
    to = _becomes(AttemptState(attempt.state), source, decision.step)
    if to is None:
        Attempt.objects.filter(pk=attempt.pk).update(**changes)
        for name, value in changes.items():
            setattr(attempt, name, value)
    else:
        move(attempt, to=to, by=by, reason=decision.why, at=at, **changes)


def _note_stale(
    attempt: Attempt, outcome: Outcome, source: Source, *, by: Actor, at: datetime, latency_ms: int | None
) -> None:
    """More is known already. What was given up is asked about for as long as its provider cannot say."""
    cannot_say = source is Source.QUERY and outcome.result is Result.UNKNOWN and attempt.repair_at is not None
    is_asked = cannot_say and _is_given_up(attempt)
    repair_at = _next_asking(attempt, at, is_doubt=True) if is_asked else None
    known: dict[str, Any] = {"repair_at": repair_at}
    if repair_at is None:
        known["token"] = ""
    if latency_ms is not None:
        known["latency_ms"] = latency_ms
    if not attempt.provider_ref and not _is_anothers(attempt, outcome.provider_ref):
        known["provider_ref"] = outcome.provider_ref[:120]
    if attempt.state in (AttemptState.SENT, AttemptState.TIMED_OUT):
        move(attempt, to=AttemptState.REPAIRED, by=by, at=at, result=str(outcome.result), **known)
    else:
        Attempt.objects.filter(pk=attempt.pk).update(**known)
    if is_asked and repair_at is None:
        alarm(attempt.payment, "unknown", f"{attempt.reference}: asked {attempt.repairs} times, nobody could say")


def _is_call_out(attempt: Attempt, outcome: Outcome, source: Source) -> bool:
    """Whether "never came" was said before the call was over: its process may be slow, stopped or dead."""
    return attempt.state == AttemptState.SENT and source is Source.QUERY and outcome.result is Result.NOT_SENT


def _becomes(state: AttemptState, source: Source, step: Step) -> AttemptState | None:
    """The attempt's next state; None when it stays what it is."""
    if step is Step.REOPEN:
        return AttemptState.TIMED_OUT
    if step is Step.DOUBT:
        return AttemptState.TIMED_OUT if state is AttemptState.SENT else None
    if state in (AttemptState.SENT, AttemptState.PREPARED) and source is Source.CALL:
        return AttemptState.ANSWERED
    return None if state in (AttemptState.REPAIRED, AttemptState.PREPARED) else AttemptState.REPAIRED


def _next_asking(attempt: Attempt, at: datetime, *, is_doubt: bool) -> datetime | None:
    """What waits is asked about for as long as it waits; what is in doubt goes to a person one day."""
    due = repairing.next_asking(attempt.sent_at or at, attempt.repairs, at)
    return due if due or is_doubt else at + repairing.ASKED_AFTER[-1]


def _capture(payment: Payment, attempt: Attempt, outcome: Outcome, *, by: Actor, at: datetime) -> None:
    if payment.state in OVER:
        tell_ended(payment.pk, is_taken=True)
    is_counted = not is_restricted(payment.creator_id, Kind.SHADOWED, payment.platform_id)
    journal_id = next_sale_journal(payment)
    saved = keep_instrument(payment, attempt.merchant_account_id, outcome.instrument, at=at)
    if saved:
        payment.instrument = saved
    book_sale(payment, journal_id=journal_id, merchant=attempt.merchant_account_id, is_counted=is_counted, at=at)
    crash_point("payments.booked")
    move(
        payment, to=PaymentState.CAPTURED, by=by, reason=outcome.provider_text, at=at,
        captured_minor=payment.amount_minor, captured_at=at, sale_journal=journal_id, is_counted=is_counted,
        action=None, decline_code="", merchant_account_id=attempt.merchant_account_id,
        instrument_id=payment.instrument_id,
    )  # fmt: skip
    if payment.subscription_id:
        begin_or_renew(payment, attempt, outcome, by=by, at=at)
    told = payment.pk, payment.platform_id, payment.fan_id, payment.creator_id
    publish_in_order(
        [
            events.PaymentAuthorised(*told, attempt.provider, payment.amount_minor, payment.currency),
            events.PaymentCaptured(
                *told, payment.product, payment.method, attempt.provider, payment.amount_minor, payment.currency,
                payment.tax_minor, at, is_counted, attempt.origin, payment.content_id,
            ),
        ],
        key=payment,
    )  # fmt: skip


def _end(payment: Payment, attempt: Attempt, outcome: Outcome, decision: Decision, *, by: Actor, at: datetime) -> None:
    to, is_first_end = LEADS_TO[decision.step], WEIGHT[PaymentState(payment.state)] == 0
    tell_ended(payment.pk)
    code = str(outcome.code or decision.why)
    move(payment, to=to, by=by, reason=outcome.provider_text or code, at=at, decline_code=code[:40], action=None)
    if decision.step is Step.DECLINE:
        retire_instrument(payment, outcome.code)
        publish(
            events.PaymentDeclined(
                payment.pk, payment.platform_id, payment.fan_id, payment.creator_id, attempt.provider,
                payment.amount_minor, payment.currency, code, str(outcome.decline_class or ""),
            ),
            key=payment,
        )  # fmt: skip
    else:
        publish(events.PaymentEnded(payment.pk, payment.platform_id, str(to), code), key=payment)
    if payment.subscription_id and is_first_end:
        decline_class = DeclineClass(outcome.decline_class) if outcome.decline_class else None
        note_failed_renewal(payment, code, decline_class, by=by, at=at)


def _wait_for_buyer(payment: Payment, outcome: Outcome, *, by: Actor, at: datetime) -> None:
    """A page, a proof or a transfer: what they have to do stands on the payment."""
    if outcome.action is None or payment.state == PaymentState.REQUIRES_ACTION:
        return
    todo = outcome.action
    ends = todo.expires_at or payment.expires_at
    action = {**asdict(todo), "fields": dict(todo.fields), "expires_at": ends.isoformat() if ends else None}
    move(payment, to=PaymentState.REQUIRES_ACTION, by=by, reason=todo.kind, at=at, action=action, expires_at=ends)
    publish(events.PaymentWaits(payment.pk, payment.platform_id, todo.kind, ends), key=payment)


def _doubt(payment: Payment, attempt: Attempt, decision: Decision, *, by: Actor, at: datetime) -> None:
    """We do not know, and say so; a person is called when two sides differ, or when asking has not helped."""
    is_new = payment.state in (PaymentState.PROCESSING, PaymentState.REQUIRES_ACTION)
    if is_new and (payment.state == PaymentState.PROCESSING or decision.is_alarm):
        move(payment, to=PaymentState.UNKNOWN, by=by, reason=decision.why, at=at)
        publish(events.PaymentUnknown(payment.pk, payment.platform_id, attempt.pk, decision.why), key=payment)
        if decision.is_alarm:
            alarm(payment, "mismatch", decision.why)
    elif decision.is_alarm and not is_new and payment.state != PaymentState.UNKNOWN:
        alarm(payment, "mismatch", decision.why)
    if attempt.repair_at is None and payment.state == PaymentState.UNKNOWN:
        alarm(payment, "unknown", f"asked {attempt.repairs} times: {decision.why}")


def _reopen(payment: Payment, attempt: Attempt, decision: Decision, *, by: Actor, at: datetime) -> None:
    """It may have been taken after all: nobody is told any more that it failed, and it is asked about again."""
    tell_ended(payment.pk, is_taken=True)
    move(payment, to=PaymentState.UNKNOWN, by=by, reason=decision.why, at=at, decline_code="")
    publish(events.PaymentUnknown(payment.pk, payment.platform_id, attempt.pk, decision.why), key=payment)
    if attempt.repair_at is None:
        alarm(payment, "unknown", f"asked {attempt.repairs} times: {decision.why}")
