"""Everything that happened to a payment, in one list and in a number of questions that does not grow with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from foundation.audit.selectors import records_about
from foundation.ids import named_id
from foundation.money import Money
from ledger.selectors import list_journals
from ledger.types import TransferInfo
from processors.payments.errors import refusal
from processors.payments.giving_back import Dispute, Refund
from processors.payments.models import Attempt, ChargeWarrant, Payment
from processors.payments.services.booking import beyond_journal, coins_journal, dispute_journal, made_good_journals
from processors.payments.types import TimelineEntry

ORDER = ("created", "warrant", "attempt", "told", "refund", "dispute", "journal", "moved")
MOST_TOLD = 200


@dataclass(frozen=True, slots=True)
class History:
    """A payment's past, and the rows it was read from."""

    entries: Sequence[TimelineEntry]
    attempts: Sequence[Attempt]
    refunds: Sequence[Refund]
    disputes: Sequence[Dispute]
    warrants: Sequence[ChargeWarrant]
    legs: Sequence[TransferInfo]


def timeline(payment_id: UUID) -> Sequence[TimelineEntry]:
    """Oldest first: moves, judgements, attempts, what providers told, refunds, disputes and the journals. Who may
    read it is the caller's business. NotFound."""
    payment = Payment.objects.filter(pk=payment_id).first()
    if payment is None:
        raise refusal("payments.not_found")
    return history_of(payment).entries


def history_of(payment: Payment) -> History:
    """The same, with the rows behind it."""
    warrants, attempts = list(payment.warrants.order_by("pk")), list(payment.attempts.order_by("number"))
    refunds, disputes = list(payment.refunds.order_by("pk")), list(payment.disputes.order_by("pk"))
    journals = list_journals(_journals(payment, refunds, disputes))
    entries = [
        TimelineEntry(payment.created_at, "created", "Asked for", str(payment.pk), amount=payment.amount),
        *map(_warrant, warrants), *map(_attempt, attempts), *_told(payment), *map(_refund, refunds),
        *map(_dispute, disputes), *(_journal(id, legs) for id, legs in journals.items()), *_moves(payment),
    ]  # fmt: skip
    entries.sort(key=lambda entry: (entry.at, ORDER.index(entry.kind)))
    legs = [leg for legs in journals.values() for leg in legs]
    return History(entries, attempts, refunds, disputes, warrants, sorted(legs, key=lambda leg: leg.seq))


def legs_of(id: UUID) -> list[TransferInfo]:
    """What this payment, or the one with this refund, moved in the books, as far as the reader may see them."""
    payment = Payment.objects.filter(Q(pk=id) | Q(refunds=id)).first()
    if payment is None:
        return []
    journals = list_journals(_journals(payment, payment.refunds.all(), list(payment.disputes.all())))
    return sorted((leg for legs in journals.values() for leg in legs), key=lambda leg: leg.seq)


def _journals(payment: Payment, refunds: Iterable[Refund], disputes: Iterable[Dispute]) -> Iterator[UUID]:
    """Every journal that may have been posted for it; names can be worked out, so none is looked for."""
    if payment.sale_journal:
        yield from {payment.pk, payment.sale_journal}
        yield from {named_id("payment.undone", journal) for journal in (payment.pk, payment.sale_journal)}
    for refund in refunds:
        yield from (refund.pk, beyond_journal(refund.pk), coins_journal(refund.pk))
        for dispute in disputes:
            yield from made_good_journals(refund.pk, dispute.pk)
    for dispute in disputes:
        yield from (dispute_journal(dispute.pk, part) for part in ("opened", "won", "lost"))


def _moves(payment: Payment) -> Iterator[TimelineEntry]:
    for line in records_about("processors.payment", str(payment.pk)):
        if after := line.facts.get("after"):
            said_at = line.facts.get("at")
            facts = {"reason": line.reason, "record": line.id}
            at = datetime.fromisoformat(said_at) if said_at else line.at
            yield TimelineEntry(at, "moved", str(after), str(line.id), line.actor, facts=facts)


def _warrant(one: ChargeWarrant) -> TimelineEntry:
    facts = {"policy": one.policy, "reasons": one.reasons}
    most = Money(one.most_minor, one.currency)
    return TimelineEntry(one.granted_at, "warrant", one.verdict, str(one.pk), one.granted_by, most, facts)


def _attempt(one: Attempt) -> TimelineEntry:
    facts = {
        "reference": one.reference, "merchant": one.merchant_account_id, "operation": one.operation,
        "origin": one.origin, "result": one.result, "code": one.code, "provider_ref": one.provider_ref,
        "provider_code": one.provider_code, "provider_text": one.provider_text, "latency_ms": one.latency_ms,
        "repairs": one.repairs, "repair_at": one.repair_at, "raw": one.raw,
    }  # fmt: skip
    at, amount = one.sent_at or one.created_at, Money(one.amount_minor, one.currency)
    return TimelineEntry(at, "attempt", str(one.state), str(one.pk), one.provider, amount, facts)


def _told(payment: Payment) -> Iterator[TimelineEntry]:
    for one in payment.told.order_by("pk")[:MOST_TOLD]:
        amount = None if one.amount_minor is None else Money(one.amount_minor, one.currency)
        facts = {
            "state": one.state, "key": one.key, "is_proved": one.is_proved, "times_told": one.times_told,
            "why": one.why, "occurred_at": one.occurred_at,
        }  # fmt: skip
        yield TimelineEntry(one.received_at, "told", one.kind, str(one.pk), one.provider, amount, facts)


def _refund(one: Refund) -> TimelineEntry:
    facts = {
        "reason": one.reason, "reference": one.reference, "origin": one.origin, "is_void": one.is_void,
        "provider_ref": one.provider_ref, "proof": one.proof, "done_at": one.done_at, "code": one.code,
    }  # fmt: skip
    return TimelineEntry(one.created_at, "refund", str(one.state), str(one.pk), one.requested_by, one.amount, facts)


def _dispute(one: Dispute) -> TimelineEntry:
    facts = {"reason": one.reason, "provider_ref": one.provider_ref, "ended_at": one.ended_at}
    amount = Money(one.amount_minor, one.currency)
    return TimelineEntry(one.opened_at, "dispute", str(one.state), str(one.pk), one.provider, amount, facts)


def _journal(id: UUID, legs: Sequence[TransferInfo]) -> TimelineEntry:
    """A journal by what its first leg moved, with all its legs."""
    facts = {"legs": [{"kind": leg.kind, "id": str(leg.id), "amount_minor": leg.amount.minor} for leg in legs]}
    return TimelineEntry(legs[0].effective_at, "journal", legs[0].kind, str(id), amount=legs[0].amount, facts=facts)
