"""What other rooms hand to payments and get from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from foundation.money import Money


@dataclass(frozen=True, slots=True)
class Wish:
    """What a fan is to pay, as a door understood it. People are named by their party."""

    platform_id: UUID
    fan_id: UUID
    creator_id: UUID
    reference: str
    product: str
    amount: Money
    method: str = "card"
    tax: Money | None = None
    jurisdiction: str = "none"
    token: str = field(default="", repr=False)
    """A one-time token of the provider's own page; it goes to the attempt and is forgotten with its answer."""
    instrument_id: UUID | None = None
    coin: str = ""
    description: str = ""
    return_url: str = ""
    device: str = ""
    ip: str | None = None
    content_id: UUID | None = None
    subscription_id: UUID | None = None
    recurring: bool = False
    """The first payment of the subscription: where the provider bills, it begins to."""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What people say became of a charge or refund, and how they know."""

    happened: bool
    proof: str
    provider_ref: str = ""
    """The provider's number of it, where it happened."""


@dataclass(frozen=True, slots=True)
class CardShown:
    """As much of a card as may be shown."""

    brand: str
    last4: str
    expires: str


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment as it stands."""

    id: UUID
    platform_id: UUID
    fan_id: UUID
    creator_id: UUID
    reference: str
    product: str
    content_id: UUID | None
    subscription_id: UUID | None
    method: str
    coin: str
    description: str
    state: str
    amount: Money
    tax: Money
    captured: Money
    refunded: Money
    disputed: Money
    refundable: Money
    merchant: str | None
    provider: str
    action: Mapping[str, Any] | None
    decline_code: str
    card: CardShown | None
    is_counted: bool
    is_paid_back_twice: bool
    created_at: datetime
    captured_at: datetime | None
    expires_at: datetime | None
    review_until: datetime | None


@dataclass(frozen=True, slots=True)
class RefundView:
    """A refund as it stands."""

    id: UUID
    payment_id: UUID
    platform_id: UUID
    reference: str
    state: str
    amount: Money
    reason: str
    origin: str
    is_void: bool
    approval_id: UUID | None
    code: str
    proof: str
    requested_by: str
    provider: str
    is_undecided: bool
    """Asked about often enough; people have to say what became of it."""
    is_from_treasury: bool
    """Paid by hand in coins of ours, not in money."""
    created_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """A subscription as it stands."""

    id: UUID
    platform_id: UUID
    fan_id: UUID
    creator_id: UUID
    reference: str
    state: str
    amount: Money
    tax: Money
    period_days: int
    billed_by: str
    merchant: str | None
    instrument_id: UUID | None
    failures: int
    created_at: datetime
    paid_until: datetime | None
    cancelled_at: datetime | None
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened to a payment, whoever did it."""

    at: datetime
    kind: str
    """created, moved, warrant, attempt, told, refund, dispute or journal"""
    title: str
    id: str = ""
    by: str = ""
    amount: Money | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Applied:
    """It changed what it is about."""

    payment_id: UUID | None
    what: str = ""


@dataclass(frozen=True, slots=True)
class Stale:
    """As much or more was known already."""

    payment_id: UUID | None
    why: str


@dataclass(frozen=True, slots=True)
class Parked:
    """Nothing it could be about yet; worth another try later."""

    why: str
    payment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NeedsQuery:
    """It cannot be believed, or comes before what it builds on: ask the provider outside of any transaction, and apply
    it again with the answer."""

    payment_id: UUID
    why: str


Verdict = Applied | Stale | Parked | NeedsQuery
