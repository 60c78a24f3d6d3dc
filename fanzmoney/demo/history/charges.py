"""Charges of the past, many at once: the rows, records, postings and news that the services leave, one by one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from fanzmoney.demo.history.plan import Planned
from fanzmoney.demo.people import DEMO
from foundation.events import Event, publish_all
from foundation.money import Money
from foundation.states import move_all
from ledger import chart
from ledger.flows import record_sales
from ledger.rules.flows.sales import Product, Sale
from ledger.splits.selectors import split_in_force
from processors.gateways.types import CLASS_OF, Method, Operation, Result
from processors.payments import events
from processors.payments.endings import tell_ended
from processors.payments.models import Attempt, ChargeWarrant, Payment
from processors.payments.rules.routing import first_possible, operation_for
from processors.payments.services import ways_for
from processors.payments.services.creating import LASTS
from processors.payments.services.held import effective
from processors.payments.states import AttemptState, PaymentState
from trust.charges import judged_charge, lasts
from trust.judging import judge_past

P, A = PaymentState, AttemptState
TOKEN = "played"  # noqa: S105 - it only says that there was one; the word itself is kept nowhere
ANSWERED_AFTER, PAID_AFTER = timedelta(milliseconds=640), timedelta(minutes=12)


def write_charges(planned: Sequence[Planned]) -> list[tuple[Planned, Payment]]:
    """Write down what was charged and what was refused, inside the caller's transaction.

    What no account of ours could take at the moment is left out.
    """
    made = [pair for one in planned if (pair := _payment(one))]
    plans = {payment.pk: one for one, payment in made}
    payments = Payment.objects.bulk_create([payment for _, payment in made])
    attempts = [_attempt(plans[payment.pk], payment, warrant) for payment, warrant in _warrants(payments, plans)]
    move_all(payments, to=P.ROUTED, by=DEMO, at=_asked)
    Attempt.objects.bulk_create(attempts)
    move_all(attempts, to=A.SENT, by=DEMO, at=_created)
    move_all(payments, to=P.PROCESSING, by=DEMO, at=_asked)
    move_all(attempts, to=A.ANSWERED, by=DEMO, at=_created)
    waited = [payment for payment in payments if payment.method == Method.CRYPTO]
    move_all(waited, to=P.REQUIRES_ACTION, reason="redirect", by=DEMO, at=_asked)
    found_out = {payment.pk for payment in waited}
    move_all([one for one in attempts if one.payment_id in found_out], to=A.REPAIRED, by=DEMO, at=_created)
    _end(payments, plans, {attempt.payment_id: attempt for attempt in attempts})
    return made


def uuid7_at(at: datetime) -> UUID:
    """An id as it would have been given then."""
    milliseconds, chance = int(at.timestamp() * 1000), int.from_bytes(os.urandom(10), "big")
    return UUID(int=milliseconds << 80 | 7 << 76 | (chance >> 62 & 0xFFF) << 64 | 2 << 62 | chance & (1 << 62) - 1)


def _payment(one: Planned) -> tuple[Planned, Payment] | None:
    payment = Payment(
        id=uuid7_at(one.at), platform_id=one.platform_id, fan_id=one.fan_id, creator_id=one.creator_id,
        reference=one.reference, product=one.product, amount_minor=one.amount.minor, currency=one.amount.currency,
        method=Method.CRYPTO if one.is_coins else Method.CARD, device=one.device, created_at=one.at,
        expires_at=one.at + LASTS,
    )  # fmt: skip
    ways = ways_for(payment, token="" if one.is_coins else TOKEN)
    chosen = first_possible(ways)
    if chosen is None:
        return None
    payment.routing, payment.merchant_account_id = [way.said() for way in ways], chosen.slug
    if one.refused:
        payment.decline_code = str(one.refused.code)
    else:
        payment.captured_minor, payment.captured_at, payment.sale_journal = one.amount.minor, _paid_at(one), payment.pk
    return one, payment


def _paid_at(one: Planned) -> datetime:
    return one.at + (PAID_AFTER if one.is_coins else ANSWERED_AFTER)


def _warrants(payments: Sequence[Payment], plans: dict[UUID, Planned]) -> list[tuple[Payment, ChargeWarrant]]:
    features = [
        {
            "product": payment.product, "method": payment.method, "coin": "", "is_saved_card": False,
            "is_recurring": plans[payment.pk].is_monthly, "has_device": True, "has_address": False,
        }
        for payment in payments
    ]  # fmt: skip
    judged = [
        judged_charge(
            payment_id=payment.pk, platform_id=payment.platform_id, fan_id=payment.fan_id,
            creator_id=payment.creator_id, amount=payment.amount, card="", device=payment.device, features=known,
        )
        for payment, known in zip(payments, features, strict=True)
    ]  # fmt: skip
    judgements = judge_past([(one, plans[one.payment_id].at) for one in judged], by=DEMO)
    warrants = [
        ChargeWarrant(
            id=uuid7_at(payment.created_at), payment=payment, verdict=str(judgement.verdict),
            most_minor=payment.amount_minor, currency=payment.currency, policy=judgement.policy,
            reasons=[reason.in_words for reason in judgement.reasons], granted_by=DEMO.reference,
            granted_at=payment.created_at, expires_at=payment.created_at + lasts(judgement.verdict),
        )
        for payment, judgement in zip(payments, judgements, strict=True)
    ]  # fmt: skip
    return list(zip(payments, ChargeWarrant.objects.bulk_create(warrants), strict=True))


def _attempt(one: Planned, payment: Payment, warrant: ChargeWarrant) -> Attempt:
    provider = next(way["provider"] for way in payment.routing if way["merchant"] == payment.merchant_account_id)
    number = int.from_bytes(os.urandom(7), "big")
    attempt = Attempt(
        id=uuid7_at(one.at), payment=payment, platform_id=payment.platform_id, number=1,
        operation=_operation(one), warrant=warrant, merchant_account_id=str(payment.merchant_account_id),
        provider=provider, reference=f"{payment.pk.hex}-1", amount_minor=payment.amount_minor,
        currency=payment.currency, created_at=one.at, sent_at=one.at, answered_at=_paid_at(one),
        latency_ms=ANSWERED_AFTER // timedelta(milliseconds=1), provider_ref=f"{number:017d}",
        result=str(Result.APPROVED),
    )  # fmt: skip
    if one.refused:
        attempt.result, attempt.code = str(Result.DECLINED), str(one.refused.code)
        attempt.decline_class, attempt.provider_ref = str(CLASS_OF[one.refused.code]), ""
        attempt.provider_code, attempt.provider_text = one.refused.provider_code, one.refused.text
    return attempt


def _operation(one: Planned) -> Operation:
    method = Method.CRYPTO if one.is_coins else Method.CARD
    return operation_for(method, has_token=not one.is_coins, has_instrument=False)


def _end(payments: Sequence[Payment], plans: dict[UUID, Planned], attempts: dict[UUID, Attempt]) -> None:
    """Taken and booked, or refused; and what is told of it."""
    taken = [payment for payment in payments if plans[payment.pk].refused is None]
    refused = [payment for payment in payments if plans[payment.pk].refused is not None]
    at_once, later = (
        [payment for payment in taken if (payment.method == Method.CRYPTO) is is_coins] for is_coins in (False, True)
    )
    shares = _Shares()
    record_sales([(payment.pk, _sale(payment, shares), effective(_captured(payment))) for payment in taken])
    for some in (at_once, later):
        move_all(some, to=P.CAPTURED, by=DEMO, at=_captured)
    move_all(refused, to=P.DECLINED, by=DEMO, at=_asked)
    for payment in refused:
        tell_ended(payment.pk)
    publish_all({one: events.PaymentWaits(one.pk, one.platform_id, "redirect", one.expires_at) for one in later})
    publish_all({one: _authorised(one, attempts[one.pk]) for one in taken})
    publish_all({one: _told_captured(one, attempts[one.pk]) for one in taken})
    publish_all({one: _told_declined(one, attempts[one.pk]) for one in refused})


class _Shares(dict[tuple[UUID, Product, UUID, date], int]):
    """What creators get of a product on a day, each asked for once."""

    def of(self, payment: Payment) -> int:
        product, at = Product(payment.product), _captured(payment)
        key = payment.platform_id, product, payment.creator_id, at.date()
        if key not in self:
            split = split_in_force(
                platform_id=payment.platform_id, product=product, creator_id=payment.creator_id, at=at
            )
            self[key] = split.creator_basis_points
        return self[key]


def _sale(payment: Payment, shares: _Shares) -> Sale:
    product, amount = Product(payment.product), payment.amount
    return Sale(
        platform_id=payment.platform_id, product=product, creator_id=payment.creator_id, gross=amount,
        tax=Money.zero(amount.currency), creator_basis_points=shares.of(payment),
        paid_from=chart.clearing(str(payment.merchant_account_id), amount.currency),
        jurisdiction=payment.jurisdiction, is_counted=payment.is_counted,
    )  # fmt: skip


def _authorised(one: Payment, attempt: Attempt) -> Event:
    told = one.pk, one.platform_id, one.fan_id, one.creator_id
    return events.PaymentAuthorised(*told, attempt.provider, one.amount_minor, one.currency)


def _told_captured(one: Payment, attempt: Attempt) -> Event:
    told = one.pk, one.platform_id, one.fan_id, one.creator_id, one.product, one.method, attempt.provider
    return events.PaymentCaptured(
        *told, one.amount_minor, one.currency, one.tax_minor, _captured(one), one.is_counted, attempt.origin,
        one.content_id,
    )  # fmt: skip


def _told_declined(one: Payment, attempt: Attempt) -> Event:
    told = one.pk, one.platform_id, one.fan_id, one.creator_id, attempt.provider, one.amount_minor, one.currency
    return events.PaymentDeclined(*told, attempt.code, attempt.decline_class)


def _asked(row: Payment) -> datetime:
    return row.created_at


def _created(row: Attempt) -> datetime:
    return row.sent_at or row.created_at


def _captured(row: Payment) -> datetime:
    return row.captured_at or row.created_at
