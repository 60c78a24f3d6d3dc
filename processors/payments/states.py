"""The lives of a payment, of its attempts, of a refund, a dispute and a subscription."""

from __future__ import annotations

from django.db.models import TextChoices


class PaymentState(TextChoices):
    CREATED = "CREATED", "Asked for, not judged yet"
    ROUTED = "ROUTED", "Allowed, and a way was chosen"
    REQUIRES_ACTION = "REQUIRES_ACTION", "Waits for the buyer: a page, a proof or a transfer"
    PROCESSING = "PROCESSING", "With the provider"
    UNKNOWN = "UNKNOWN", "The answer was lost; we ask until we know"
    IN_REVIEW = "IN_REVIEW", "Parked before the charge until a person decided"
    AUTHORIZED = "AUTHORIZED", "Reserved at the bank, not taken yet"
    CAPTURED = "CAPTURED", "Taken and on the books"
    SETTLED = "SETTLED", "Paid out to us by the provider"
    DECLINED = "DECLINED", "Refused by a bank, a provider or our own rules"
    FAILED = "FAILED", "Never reached anybody"
    EXPIRED = "EXPIRED", "Not finished in time"
    CANCELLED = "CANCELLED", "Given up before any money moved"
    VOIDED = "VOIDED", "Taken back before it settled"


P = PaymentState
PAYMENT_MOVES = {
    P.CREATED: (P.ROUTED, P.IN_REVIEW, P.DECLINED, P.CANCELLED, P.EXPIRED, P.CAPTURED),
    P.ROUTED: (P.PROCESSING, P.IN_REVIEW, P.CANCELLED, P.EXPIRED, P.FAILED),
    P.IN_REVIEW: (P.ROUTED, P.CANCELLED, P.EXPIRED, P.CAPTURED, P.VOIDED),
    P.PROCESSING: (
        P.REQUIRES_ACTION, P.AUTHORIZED, P.CAPTURED, P.DECLINED, P.FAILED, P.EXPIRED, P.CANCELLED, P.UNKNOWN,
    ),
    P.REQUIRES_ACTION: (P.PROCESSING, P.CAPTURED, P.DECLINED, P.FAILED, P.EXPIRED, P.CANCELLED, P.UNKNOWN),
    P.UNKNOWN: (
        P.PROCESSING, P.REQUIRES_ACTION, P.AUTHORIZED, P.CAPTURED, P.DECLINED, P.FAILED, P.EXPIRED, P.CANCELLED,
    ),
    P.AUTHORIZED: (P.CAPTURED, P.IN_REVIEW, P.VOIDED, P.EXPIRED),
    P.CAPTURED: (P.SETTLED, P.VOIDED, P.REQUIRES_ACTION, P.UNKNOWN),
    P.FAILED: (P.EXPIRED, P.CANCELLED, P.DECLINED, P.CAPTURED, P.UNKNOWN),
    P.EXPIRED: (P.CANCELLED, P.DECLINED, P.CAPTURED),
    P.CANCELLED: (P.DECLINED, P.CAPTURED),
    P.DECLINED: (P.CAPTURED,),
}  # fmt: skip
"""A stronger fact may follow an end, CAPTURED any of them: proof that money was taken outweighs what we believed.

What was believed never to have come is UNKNOWN again when its own call ends without an answer.
"""

TAKEN = (P.CAPTURED, P.SETTLED)
WITH_PROVIDER = (P.PROCESSING, P.REQUIRES_ACTION, P.UNKNOWN)
OVER = (P.DECLINED, P.FAILED, P.EXPIRED, P.CANCELLED, P.VOIDED)


class AttemptState(TextChoices):
    PREPARED = "PREPARED", "Recorded, nothing sent"
    SENT = "SENT", "On its way; the answer is not here yet"
    ANSWERED = "ANSWERED", "The provider answered"
    TIMED_OUT = "TIMED_OUT", "No answer came"
    REPAIRED = "REPAIRED", "Asked or told afterwards, and known now"


A = AttemptState
ATTEMPT_MOVES = {
    A.PREPARED: (A.SENT, A.ANSWERED),
    A.SENT: (A.ANSWERED, A.TIMED_OUT, A.REPAIRED),
    A.ANSWERED: (A.REPAIRED,),
    A.TIMED_OUT: (A.REPAIRED,),
    A.REPAIRED: (A.TIMED_OUT,),
}
OPEN_ATTEMPTS = (A.PREPARED, A.SENT, A.TIMED_OUT)


class RefundState(TextChoices):
    REQUESTED = "REQUESTED", "Asked for; waits for a person"
    APPROVED = "APPROVED", "May be given"
    PREPARED = "PREPARED", "Recorded, nothing sent"
    SENT = "SENT", "On its way; the answer is not here yet"
    PENDING = "PENDING", "Taken by the provider, not done yet"
    UNKNOWN = "UNKNOWN", "The answer was lost; we ask until we know"
    MANUAL_DUE = "MANUAL_DUE", "To be paid by hand: this provider cannot"
    MANUAL_SETTLED = "MANUAL_SETTLED", "Paid by hand, with proof"
    SUCCEEDED = "SUCCEEDED", "The money is back"
    FAILED = "FAILED", "Not given; the books have it again"
    REJECTED = "REJECTED", "A person said no"


R = RefundState
REFUND_MOVES = {
    R.REQUESTED: (R.APPROVED, R.REJECTED, R.SUCCEEDED),
    R.APPROVED: (R.PREPARED, R.MANUAL_DUE, R.FAILED),
    R.PREPARED: (R.SENT, R.FAILED),
    R.SENT: (R.SUCCEEDED, R.PENDING, R.FAILED, R.UNKNOWN),
    R.PENDING: (R.SUCCEEDED, R.FAILED),
    R.UNKNOWN: (R.SUCCEEDED, R.PENDING, R.FAILED),
    R.MANUAL_DUE: (R.MANUAL_SETTLED, R.FAILED),
    R.FAILED: (R.SUCCEEDED,),
}
REFUNDS_NOT_GIVEN = (R.FAILED, R.REJECTED)


class DisputeState(TextChoices):
    OPENED = "OPENED", "A bank took the money back; it can be answered"
    WON = "WON", "The money came back"
    LOST = "LOST", "The money is gone"


DISPUTE_MOVES = {DisputeState.OPENED: (DisputeState.WON, DisputeState.LOST)}


class SubscriptionState(TextChoices):
    PENDING = "PENDING", "The first payment is not made yet"
    ACTIVE = "ACTIVE", "Paid and renewing"
    PAST_DUE = "PAST_DUE", "A renewal failed and is tried again"
    CANCELLED = "CANCELLED", "Ends with the period that is paid"
    ENDED = "ENDED", "Over"


S = SubscriptionState
SUBSCRIPTION_MOVES = {
    S.PENDING: (S.ACTIVE, S.ENDED),
    S.ACTIVE: (S.PAST_DUE, S.CANCELLED, S.ENDED),
    S.PAST_DUE: (S.ACTIVE, S.CANCELLED, S.ENDED),
    S.CANCELLED: (S.ACTIVE, S.ENDED),
    S.ENDED: (S.CANCELLED,),
}
"""One that ended before it began is paid for once when its first payment was taken after all."""
