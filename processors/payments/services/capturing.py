"""Many plain captures at once: what `settle` writes for each, written for all of them together.

Plain is a proved charge of one payment that is open, bought once and known by our reference. Whatever is anything else
is left to `settle`, and so is a batch that the database refuses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from foundation import prepared, rows
from foundation.actors import Actor
from foundation.crash import crash_point
from foundation.events import publish_all
from foundation.money import Money
from foundation.restrictions.selectors import is_restricted
from foundation.restrictions.types import Kind
from foundation.states import move_each
from ledger.flows import record_sales
from ledger.rules.flows.sales import Sale
from processors.gateways.types import EventKind, Outcome, Result
from processors.payments import events
from processors.payments.models import Attempt, Payment
from processors.payments.rules.finalising import Asked, Source, Step, decide
from processors.payments.services.booking import Splits, sale_of
from processors.payments.services.held import effective
from processors.payments.services.told_about import amount_of, transaction_of
from processors.payments.states import WITH_PROVIDER, AttemptState, PaymentState

if TYPE_CHECKING:
    from processors.webhooks.models import ProviderTold

LEFT = (AttemptState.SENT, AttemptState.TIMED_OUT, AttemptState.ANSWERED)
_ANOTHERS = """
SELECT told.reference FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])
    AS told (reference, provider, provider_ref, operation)
WHERE EXISTS (SELECT FROM payment_attempt AS other WHERE other.provider = told.provider
              AND other.provider_ref = told.provider_ref AND other.operation = told.operation
              AND other.reference <> told.reference)
"""


@dataclass(frozen=True, slots=True)
class _Capture:
    told: ProviderTold
    payment: Payment
    attempt: Attempt


def capture_plain(many: Sequence[ProviderTold], *, by: Actor, at: datetime) -> dict[UUID, UUID]:
    """Make these charges true as far as they are plain, in the caller's transaction; told → payment of those done."""
    captures = _unclaimed_by_others(list(_plain(many, at)))
    if captures:
        _note_answers(captures, by=by, at=at)
        crash_point("payments.noted")
        _book(captures, by=by, at=at)
    return {one.told.pk: one.payment.pk for one in captures}


def _plain(many: Sequence[ProviderTold], at: datetime) -> Iterable[_Capture]:
    """Their payments are held, always in the same order."""
    named = Counter(told.reference for told in many)
    wanted = {told.reference: told for told in many if named[told.reference] == 1 and _may_be_plain(told)}
    if not wanted:
        return
    references = list(wanted)
    payments = {
        payment.pk: payment
        for payment in rows.hold_all(
            Payment, "id IN (SELECT payment_id FROM payment_attempt WHERE reference = ANY(%s::text[]))", references
        )
    }
    attempts = rows.find_all(Attempt, "payment_id = ANY(%s::uuid[])", list(payments))
    tries = Counter(attempt.payment_id for attempt in attempts)
    numbers = Counter((told.provider, told.provider_ref) for told in wanted.values())
    for attempt in attempts:
        told, payment = wanted.get(attempt.reference), payments[attempt.payment_id]
        if told is None or tries[payment.pk] > 1 or numbers[told.provider, told.provider_ref] > 1:
            continue
        if _is_plain(told, payment, attempt, at):
            yield _Capture(told, payment, attempt)


def _may_be_plain(told: ProviderTold) -> bool:
    saved = told.facts.get("instrument") or {}
    return (
        told.kind == EventKind.CHARGED and told.is_proved and bool(told.reference) and bool(told.provider_ref)
        and not saved.get("token") and not told.facts.get("code")
    )  # fmt: skip


def _is_plain(told: ProviderTold, payment: Payment, attempt: Attempt, at: datetime) -> bool:
    """The same decision as for one alone, where nothing but a first capture follows from it."""
    is_open = payment.state in WITH_PROVIDER and attempt.state in LEFT and payment.sale_journal is None
    if not is_open or payment.subscription_id or attempt.provider != told.provider or attempt.raw.get("decided"):
        return False
    asked = Asked(Money(attempt.amount_minor, attempt.currency), attempt.reference, attempt.sent_at)
    outcome = Outcome(Result.APPROVED, provider_ref=told.provider_ref, amount=amount_of(told))
    return decide(PaymentState(payment.state), outcome, asked, source=Source.TOLD, at=at).step is Step.CAPTURE


def _unclaimed_by_others(captures: list[_Capture]) -> list[_Capture]:
    """Without those whose number stands for another charge already: that is a doubt, and calls a person."""
    new = [one for one in captures if one.attempt.provider_ref != one.told.provider_ref]
    if not new:
        return captures
    columns = [
        [one.attempt.reference for one in new], [one.attempt.provider for one in new],
        [one.told.provider_ref for one in new], [one.attempt.operation for one in new],
    ]  # fmt: skip
    taken = {reference for (reference,) in prepared.run(_ANOTHERS, columns)}
    return [one for one in captures if one.attempt.reference not in taken]


def _note_answers(captures: Sequence[_Capture], *, by: Actor, at: datetime) -> None:
    move_each(
        [
            (
                one.attempt,
                {
                    "result": str(Result.APPROVED), "code": "", "decline_class": "", "provider_code": "",
                    "provider_text": str(one.told.facts.get("reason", ""))[:300], "repair_at": None, "token": "",
                    "provider_ref": one.told.provider_ref[:120], "answered_at": at,
                    "transaction_ref": one.attempt.transaction_ref or transaction_of(one.told),
                },
            )
            for one in captures
        ],
        to=AttemptState.REPAIRED, by=by, at=at,
    )  # fmt: skip


def _book(captures: Sequence[_Capture], *, by: Actor, at: datetime) -> None:
    splits, counted = (
        Splits(at, [one.payment for one in captures]),
        {one.payment.pk: _is_counted(one.payment) for one in captures},
    )
    sales: list[tuple[UUID, Sale, datetime | None]] = [
        (
            one.payment.pk,
            sale_of(
                one.payment, splits, merchant=one.attempt.merchant_account_id, is_counted=counted[one.payment.pk]
            ),
            effective(at),
        )
        for one in captures
    ]  # fmt: skip
    record_sales(sales)
    crash_point("payments.booked")
    for reason, alike in _by_reason(captures).items():
        move_each(
            [(one.payment, _captured(one, at, is_counted=counted[one.payment.pk])) for one in alike],
            to=PaymentState.CAPTURED, by=by, reason=reason, at=at,
        )  # fmt: skip
    publish_all({one.payment: _authorised(one) for one in captures})
    publish_all({one.payment: _taken(one, at, is_counted=counted[one.payment.pk]) for one in captures})


def _is_counted(payment: Payment) -> bool:
    return not is_restricted(payment.creator_id, Kind.SHADOWED, payment.platform_id)


def _by_reason(captures: Sequence[_Capture]) -> dict[str, list[_Capture]]:
    alike: dict[str, list[_Capture]] = {}
    for one in captures:
        alike.setdefault(str(one.told.facts.get("reason", "")), []).append(one)
    return alike


def _captured(one: _Capture, at: datetime, *, is_counted: bool) -> dict[str, Any]:
    return {
        "captured_minor": one.payment.amount_minor, "captured_at": at, "sale_journal": one.payment.pk,
        "is_counted": is_counted, "action": None, "decline_code": "",
        "merchant_account_id": one.attempt.merchant_account_id,
    }  # fmt: skip


def _authorised(one: _Capture) -> events.PaymentAuthorised:
    paid = one.payment
    return events.PaymentAuthorised(
        paid.pk, paid.platform_id, paid.fan_id, paid.creator_id, one.attempt.provider, paid.amount_minor, paid.currency
    )


def _taken(one: _Capture, at: datetime, *, is_counted: bool) -> events.PaymentCaptured:
    paid = one.payment
    return events.PaymentCaptured(
        paid.pk, paid.platform_id, paid.fan_id, paid.creator_id, paid.product, paid.method, one.attempt.provider,
        paid.amount_minor, paid.currency, paid.tax_minor, at, is_counted, one.attempt.origin,
        paid.content_id,
    )  # fmt: skip
