"""What about payments waits for a person, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import Exists, OuterRef

from foundation.money import Money
from processors.payments.giving_back import Dispute, Refund
from processors.payments.models import Attempt, Payment
from processors.payments.states import DisputeState, PaymentState, RefundState

UNKNOWN_FOR = timedelta(minutes=5)


class Waits(StrEnum):
    """Why somebody is needed."""

    UNKNOWN = "unknown"
    REFUND_UNKNOWN = "refund_unknown"
    UNDECIDED = "undecided"
    """Asking came to its end."""
    REFUND_UNDECIDED = "refund_undecided"
    REVIEW = "review"
    BY_HAND = "by_hand"
    DISPUTE = "dispute"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits."""

    why: Waits
    payment_id: UUID
    about: UUID
    """The payment, refund or dispute itself."""
    platform: str
    amount: Money
    since: datetime
    due_at: datetime | None = None


def what_waits(*, at: datetime, limit: int = 50) -> tuple[dict[Waits, int], Sequence[Waiting]]:
    """How much of each kind waits, and the oldest of each, a kind after the other."""
    payments = Payment.objects.select_related("platform")
    refunds, disputes = Refund.objects.select_related("platform"), Dispute.objects.select_related("platform")
    is_asked = Exists(Attempt.objects.filter(payment=OuterRef("pk"), repair_at__isnull=False))
    not_known = payments.filter(state=PaymentState.UNKNOWN, created_at__lt=at - UNKNOWN_FOR).order_by("created_at")
    unknown, undecided = not_known.filter(is_asked), not_known.exclude(is_asked)
    gone = refunds.filter(state=RefundState.UNKNOWN, sent_at__lt=at - UNKNOWN_FOR).order_by("sent_at")
    lost, refund_undecided = gone.filter(repair_at__isnull=False), gone.filter(repair_at=None)
    parked = payments.filter(state=PaymentState.IN_REVIEW).order_by("review_until", "pk")
    by_hand = refunds.filter(state=RefundState.MANUAL_DUE).order_by("created_at")
    opened = disputes.filter(state=DisputeState.OPENED).order_by("opened_at")
    counts = {
        Waits.UNKNOWN: unknown.count(), Waits.REFUND_UNKNOWN: lost.count(),
        Waits.UNDECIDED: undecided.count(), Waits.REFUND_UNDECIDED: refund_undecided.count(),
        Waits.REVIEW: parked.count(), Waits.BY_HAND: by_hand.count(), Waits.DISPUTE: opened.count(),
    }  # fmt: skip
    found = [
        Waiting(why, p.pk, p.pk, p.platform.name, p.amount, p.created_at)
        for why, rows in ((Waits.UNDECIDED, undecided), (Waits.UNKNOWN, unknown))
        for p in rows[:limit]
    ]
    found += [
        Waiting(why, r.payment_id, r.pk, r.platform.name, r.amount, r.sent_at or r.created_at)
        for why, rows in ((Waits.REFUND_UNDECIDED, refund_undecided), (Waits.REFUND_UNKNOWN, lost))
        for r in rows[:limit]
    ]
    found += [
        Waiting(Waits.REVIEW, p.pk, p.pk, p.platform.name, p.amount, p.created_at, p.review_until)
        for p in parked[:limit]
    ]
    found += [
        Waiting(Waits.BY_HAND, r.payment_id, r.pk, r.platform.name, r.amount, r.created_at) for r in by_hand[:limit]
    ]
    found += [
        Waiting(
            Waits.DISPUTE, d.payment_id, d.pk, d.platform.name, Money(d.amount_minor, d.currency), d.opened_at
        )
        for d in opened[:limit]
    ]  # fmt: skip
    return counts, found
