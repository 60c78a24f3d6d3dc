"""Questions about payments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from foundation.actors import Actor, ActorKind
from foundation.audit.selectors import records_about
from foundation.ids import named_id
from foundation.money import Money
from ledger.selectors import list_journal
from processors.payments.directory import merchant, merchants_of
from processors.payments.errors import refusal
from processors.payments.giving_back import Refund
from processors.payments.models import Instrument, Payment, Subscription
from processors.payments.services.attempting import ways_for
from processors.payments.services.booking import dispute_journal
from processors.payments.states import PaymentState, RefundState
from processors.payments.types import PaymentView, RefundView, SubscriptionView, TimelineEntry
from processors.payments.views import view_of, view_of_refund, view_of_subscription

__all__ = [
    "count_unknown", "get_payment", "get_refund", "get_subscription", "list_payments", "list_refunds",
    "list_subscriptions", "merchant", "merchants_of", "payment_under_approval", "refund_under_approval", "timeline",
    "ways_for",
]  # fmt: skip
EXACT = (
    "platform_id", "fan_id", "creator_id", "state", "product", "method", "reference", "merchant_account_id",
    "subscription_id", "device", "instrument_id", "currency",
)  # fmt: skip


def get_payment(payment_id: UUID, actor: Actor) -> PaymentView:
    """One payment; NotFound when it is missing or not this actor's to know of."""
    row = Payment.objects.visible_to(actor).select_related("instrument").filter(pk=payment_id).first()
    if row is None:
        raise refusal("payments.not_found")
    return view_of(row)


def list_payments(
    actor: Actor, *, since: datetime | None = None, until: datetime | None = None, before: UUID | None = None,
    limit: int = 50, **exact: Any,
) -> list[PaymentView]:  # fmt: skip
    """Newest first, of those this actor may see; `exact` names columns and the one value each has to have."""
    rows = payments_seen_by(actor, since=since, until=until, **exact)
    if before:
        rows = rows.filter(pk__lt=before)
    return [view_of(row) for row in rows[:limit]]


def payments_seen_by(
    actor: Actor, *, since: datetime | None = None, until: datetime | None = None, **exact: Any
) -> QuerySet[Payment]:
    """The same as rows, for doors that page by themselves."""
    if unknown := set(exact) - set(EXACT):
        raise TypeError(f"payments are not listed by {', '.join(sorted(unknown))}")
    rows = Payment.objects.visible_to(actor).select_related("instrument").order_by("-id")
    rows = rows.filter(**{name: value for name, value in exact.items() if value not in (None, "")})
    if since:
        rows = rows.filter(created_at__gte=since)
    return rows.filter(created_at__lt=until) if until else rows


def get_refund(refund_id: UUID, actor: Actor) -> RefundView:
    """One refund; NotFound when it is missing or not this actor's to know of."""
    row = _own(Refund.objects.all(), actor).filter(pk=refund_id).first()
    if row is None:
        raise refusal("payments.no_refund")
    return view_of_refund(row)


def list_refunds(
    actor: Actor, *, payment_id: UUID | None = None, state: str = "", before: UUID | None = None, limit: int = 50
) -> list[RefundView]:
    """Newest first, of those this actor may see."""
    rows = _own(Refund.objects.order_by("-id"), actor)
    wanted = {"payment_id": payment_id, "state": state, "pk__lt": before}
    return [view_of_refund(row) for row in rows.filter(**{name: v for name, v in wanted.items() if v})[:limit]]


def refunds_seen_by(actor: Actor, *, payment_id: UUID | None = None, state: str = "") -> QuerySet[Refund]:
    """The same as rows, for doors that page by themselves."""
    wanted = {"payment_id": payment_id, "state": state}
    return _own(Refund.objects.order_by("-id"), actor).filter(**{name: v for name, v in wanted.items() if v})


def subscriptions_seen_by(actor: Actor, *, fan_id: UUID | None = None, state: str = "") -> QuerySet[Subscription]:
    """The same as rows, for doors that page by themselves."""
    wanted = {"fan_id": fan_id, "state": state}
    return _own(Subscription.objects.order_by("-id"), actor).filter(**{name: v for name, v in wanted.items() if v})


def instruments_seen_by(actor: Actor, *, fan_id: UUID) -> QuerySet[Instrument]:
    """A fan's saved cards that may be charged."""
    return _own(Instrument.objects.filter(party_id=fan_id, is_usable=True).order_by("-id"), actor)


def card_of(instrument_id: UUID | None) -> str:
    """One name for a card however often it was saved; empty without one."""
    if instrument_id is None:
        return ""
    found = Instrument.objects.filter(pk=instrument_id).values_list("fingerprint", flat=True).first()
    return found or instrument_id.hex


def get_subscription(subscription_id: UUID, actor: Actor) -> SubscriptionView:
    """One subscription; NotFound when it is missing or not this actor's to know of."""
    row = _own(Subscription.objects.all(), actor).filter(pk=subscription_id).first()
    if row is None:
        raise refusal("payments.no_subscription")
    return view_of_subscription(row)


def list_subscriptions(
    actor: Actor, *, fan_id: UUID | None = None, creator_id: UUID | None = None, state: str = "",
    before: UUID | None = None, limit: int = 50,
) -> list[SubscriptionView]:  # fmt: skip
    """Newest first, of those this actor may see."""
    rows = _own(Subscription.objects.order_by("-id"), actor)
    wanted = {"fan_id": fan_id, "creator_id": creator_id, "state": state, "pk__lt": before}
    return [view_of_subscription(row) for row in rows.filter(**{name: v for name, v in wanted.items() if v})[:limit]]


def payment_under_approval(approval_id: UUID) -> UUID | None:
    return Payment.objects.filter(approval_id=approval_id).values_list("pk", flat=True).first()


def refund_under_approval(approval_id: UUID) -> UUID | None:
    return Refund.objects.filter(approval_id=approval_id).values_list("pk", flat=True).first()


def count_unknown() -> int:
    """Payments and refunds whose outcome nobody knows at the moment."""
    payments = Payment.objects.filter(state=PaymentState.UNKNOWN).count()
    return payments + Refund.objects.filter(state=RefundState.UNKNOWN).count()


def timeline(payment_id: UUID) -> list[TimelineEntry]:
    """Everything that happened to a payment in one list, oldest first: moves, judgements, attempts, what providers
    told, refunds, disputes and the journals. Who may read it is the caller's business. NotFound."""
    payment = Payment.objects.filter(pk=payment_id).first()
    if payment is None:
        raise refusal("payments.not_found")
    parts = (_moves(payment), _warrants(payment), _attempts(payment), _told(payment), *_given_back(payment))
    entries = [entry for part in parts for entry in part]
    entries.append(TimelineEntry(payment.created_at, "created", "Asked for", str(payment.pk), amount=payment.amount))
    return sorted(entries, key=lambda entry: (entry.at, ORDER.index(entry.kind)))


ORDER = ("created", "warrant", "attempt", "told", "refund", "dispute", "journal", "moved")


def _moves(payment: Payment) -> Iterable[TimelineEntry]:
    for line in records_about("processors.payment", str(payment.pk)):
        if after := line.facts.get("after"):
            yield TimelineEntry(
                line.at, "moved", str(after), str(line.id), line.actor, facts={"reason": line.reason, **line.facts}
            )


def _warrants(payment: Payment) -> Iterable[TimelineEntry]:
    for one in payment.warrants.order_by("pk"):
        facts = {"policy": one.policy, "reasons": one.reasons}
        yield TimelineEntry(
            one.granted_at, "warrant", one.verdict, str(one.pk), one.granted_by, Money(one.most_minor, one.currency),
            facts,
        )  # fmt: skip


def _attempts(payment: Payment) -> Iterable[TimelineEntry]:
    for one in payment.attempts.order_by("number"):
        facts = {
            "reference": one.reference, "merchant": one.merchant_account_id, "operation": one.operation,
            "result": one.result, "code": one.code, "provider_ref": one.provider_ref,
            "provider_text": one.provider_text, "latency_ms": one.latency_ms, "repairs": one.repairs,
            "repair_at": one.repair_at, "raw": one.raw,
        }  # fmt: skip
        at = one.sent_at or one.created_at
        amount = Money(one.amount_minor, one.currency)
        yield TimelineEntry(at, "attempt", str(one.state), str(one.pk), one.provider, amount, facts)


def _told(payment: Payment) -> Iterable[TimelineEntry]:
    for one in payment.told.order_by("pk"):
        amount = None if one.amount_minor is None else Money(one.amount_minor, one.currency)
        facts = {
            "state": one.state, "key": one.key, "is_proved": one.is_proved, "times_told": one.times_told,
            "why": one.why, "occurred_at": one.occurred_at,
        }  # fmt: skip
        yield TimelineEntry(one.received_at, "told", one.kind, str(one.pk), one.provider, amount, facts)


def _given_back(payment: Payment) -> Iterable[Iterable[TimelineEntry]]:
    """Refunds, disputes, and the journals of all of it."""
    refunds, disputes = list(payment.refunds.order_by("pk")), list(payment.disputes.order_by("pk"))
    yield (
        TimelineEntry(
            one.created_at, "refund", str(one.state), str(one.pk), one.requested_by, one.amount,
            {
                "reason": one.reason, "reference": one.reference, "origin": one.origin, "is_void": one.is_void,
                "provider_ref": one.provider_ref, "proof": one.proof, "done_at": one.done_at, "code": one.code,
            },
        )
        for one in refunds
    )  # fmt: skip
    yield (
        TimelineEntry(
            one.opened_at, "dispute", str(one.state), str(one.pk), one.provider,
            Money(one.amount_minor, one.currency),
            {"reason": one.reason, "provider_ref": one.provider_ref, "ended_at": one.ended_at},
        )
        for one in disputes
    )  # fmt: skip
    journals = [payment.sale_journal] if payment.sale_journal else []
    journals += [named_id("payment.undone", journal) for journal in (payment.sale_journal,) if journal]
    for refund in refunds:
        journals += [refund.pk, named_id("refund.beyond", refund.pk)]
    for dispute in disputes:
        journals += [dispute_journal(dispute.pk, part) for part in ("opened", "won", "lost")]
    yield (entry for journal in journals for entry in _journal(journal))


def _journal(journal_id: UUID) -> Iterable[TimelineEntry]:
    """One entry for a journal: what its first leg moved, and all its legs."""
    legs = list_journal(journal_id)
    if legs:
        facts = {"legs": [{"kind": leg.kind, "id": str(leg.id), "amount_minor": leg.amount.minor} for leg in legs]}
        yield TimelineEntry(
            legs[0].recorded_at, "journal", legs[0].kind, str(journal_id), amount=legs[0].amount, facts=facts
        )


def _own(rows: QuerySet[Any], actor: Actor) -> QuerySet[Any]:
    return rows.filter(platform_id=actor.platform) if actor.kind is ActorKind.CLIENT else rows
