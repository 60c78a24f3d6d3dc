"""News of payments, refunds, disputes and subscriptions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation.events import Event


@dataclass(frozen=True)
class PaymentAuthorised(Event, type="txn.auth"):
    told_when = "a provider approved a charge"

    payment_id: UUID
    platform_id: UUID
    fan_id: UUID
    creator_id: UUID
    provider: str
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class PaymentCaptured(Event, type="txn.capture"):
    told_when = "money was taken and stands on the books"

    payment_id: UUID
    platform_id: UUID
    fan_id: UUID
    creator_id: UUID
    product: str
    method: str
    provider: str
    amount_minor: int
    currency: str
    tax_minor: int
    captured_at: datetime
    is_counted: bool
    origin: str
    content_id: UUID | None


@dataclass(frozen=True)
class CaptureUndone(Event, type="txn.capture_undone"):
    told_when = "a transfer that had been confirmed vanished from its chain; the books have the opposite"

    payment_id: UUID
    platform_id: UUID
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class PaymentDeclined(Event, type="txn.declined"):
    told_when = "a bank, a provider or our own judgement refused a payment"

    payment_id: UUID
    platform_id: UUID
    fan_id: UUID
    creator_id: UUID
    provider: str
    amount_minor: int
    currency: str
    code: str
    decline_class: str


@dataclass(frozen=True)
class PaymentEnded(Event, type="txn.ended"):
    told_when = "a payment ended without money: expired, cancelled, or it never reached anybody"

    payment_id: UUID
    platform_id: UUID
    state: str
    reason: str


@dataclass(frozen=True)
class PaymentWaits(Event, type="txn.action_required"):
    told_when = "the buyer has to do something: a page, a proof or a transfer"

    payment_id: UUID
    platform_id: UUID
    action: str
    expires_at: datetime | None


@dataclass(frozen=True)
class PaymentInReview(Event, type="txn.review"):
    told_when = "a payment was parked until a person decides, at the latest at its deadline"

    payment_id: UUID
    platform_id: UUID
    amount_minor: int
    currency: str
    approval_id: UUID
    review_until: datetime


@dataclass(frozen=True)
class PaymentReviewed(Event, type="txn.reviewed"):
    told_when = "a person allowed or refused a parked payment, or nobody decided in time"

    payment_id: UUID
    platform_id: UUID
    outcome: str


@dataclass(frozen=True)
class PaymentUnknown(Event, type="txn.unknown"):
    told_when = "the answer of a provider was lost or cannot be trusted; it is asked until it is known"

    payment_id: UUID
    platform_id: UUID
    attempt_id: UUID
    reason: str


@dataclass(frozen=True)
class PaymentAlarm(Event, type="txn.alarm"):
    told_when = (
        "something about a payment needs a person: amounts that should be equal, money given back twice, "
        "an outcome nobody can tell"
    )

    payment_id: UUID
    platform_id: UUID
    alarm: str
    detail: str


@dataclass(frozen=True)
class RefundRequested(Event, type="txn.refund_requested"):
    told_when = "a refund was asked for that waits for a person: to agree, or to pay it by hand"

    payment_id: UUID
    platform_id: UUID
    refund_id: UUID
    amount_minor: int
    currency: str
    state: str
    approval_id: UUID | None


@dataclass(frozen=True)
class PaymentRefunded(Event, type="txn.refund"):
    told_when = "some or all of a payment is back with the fan"

    payment_id: UUID
    platform_id: UUID
    refund_id: UUID
    fan_id: UUID
    creator_id: UUID
    amount_minor: int
    currency: str
    refunds_minor: int
    origin: str
    is_void: bool


@dataclass(frozen=True)
class RefundEnded(Event, type="txn.refund_failed"):
    told_when = "a refund was rejected or did not succeed; the money is still ours"

    payment_id: UUID
    platform_id: UUID
    refund_id: UUID
    amount_minor: int
    currency: str
    state: str
    code: str


@dataclass(frozen=True)
class DisputeOpened(Event, type="txn.dispute"):
    told_when = "a bank took a payment back"

    payment_id: UUID
    platform_id: UUID
    dispute_id: UUID
    fan_id: UUID
    creator_id: UUID
    provider: str
    amount_minor: int
    currency: str
    reason: str
    is_paid_back_twice: bool


@dataclass(frozen=True)
class DisputeEnded(Event, type="txn.dispute_closed"):
    told_when = "a dispute was won or lost"

    payment_id: UUID
    platform_id: UUID
    dispute_id: UUID
    amount_minor: int
    currency: str
    outcome: str


@dataclass(frozen=True)
class SubscriptionStarted(Event, type="subscription.started"):
    told_when = "the first payment of a subscription was taken"

    subscription_id: UUID
    platform_id: UUID
    fan_id: UUID
    creator_id: UUID
    amount_minor: int
    currency: str
    period_days: int
    paid_until: datetime


@dataclass(frozen=True)
class SubscriptionRenewed(Event, type="subscription.renewed"):
    told_when = "a renewal was paid"

    subscription_id: UUID
    platform_id: UUID
    fan_id: UUID
    creator_id: UUID
    payment_id: UUID
    paid_until: datetime


@dataclass(frozen=True)
class SubscriptionPastDue(Event, type="subscription.past_due"):
    told_when = "a renewal failed; it is tried again unless nothing can help"

    subscription_id: UUID
    platform_id: UUID
    fan_id: UUID
    creator_id: UUID
    failures: int
    code: str
    retry_at: datetime | None


@dataclass(frozen=True)
class SubscriptionCancelled(Event, type="subscription.cancelled"):
    told_when = "a subscription will not renew; it ends with the period that is paid"

    subscription_id: UUID
    platform_id: UUID
    fan_id: UUID
    creator_id: UUID
    reason: str
    paid_until: datetime | None


@dataclass(frozen=True)
class SubscriptionEnded(Event, type="subscription.ended"):
    told_when = "a subscription is over"

    subscription_id: UUID
    platform_id: UUID
    fan_id: UUID
    creator_id: UUID
    reason: str
