"""What the core and every adapter say to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from foundation.money import Money


class Result(StrEnum):
    APPROVED = "approved"
    DECLINED = "declined"
    ACTION_REQUIRED = "action_required"
    """The buyer has to do something: a page, a proof, a transfer."""
    PENDING = "pending"
    """Taken, and the end comes later by a webhook or a query."""
    NOT_SENT = "not_sent"
    """Certain that nothing reached the provider: another way may be tried."""
    UNKNOWN = "unknown"
    """It may have happened: ask, never repeat."""


class DeclineClass(StrEnum):
    SOFT = "soft"
    HARD = "hard"
    RISK = "risk"
    AUTH_REQUIRED = "auth_required"
    CONFIG = "config"
    TECHNICAL = "technical"


class Code(StrEnum):
    """Why something was declined, in one vocabulary for all providers."""

    DO_NOT_HONOR = "do_not_honor"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    OVER_LIMIT = "over_limit"
    ISSUER_UNAVAILABLE = "issuer_unavailable"
    CVV_MISMATCH = "cvv_mismatch"
    AVS_MISMATCH = "avs_mismatch"
    EXPIRED_CARD = "expired_card"
    INVALID_CARD = "invalid_card"
    LOST_STOLEN_PICKUP = "lost_stolen_pickup"
    PREVIOUS_HARD_DECLINE = "previous_hard_decline"
    AUTHENTICATION_REQUIRED = "authentication_required"
    AUTHENTICATION_FAILED = "authentication_failed"
    RISK_DECLINED = "risk_declined"
    VELOCITY = "velocity"
    DUPLICATE = "duplicate"
    MERCHANT_LIMIT = "merchant_limit"
    CONFIG_ERROR = "config_error"
    NOT_REFUNDABLE = "not_refundable"
    UNDERPAID = "underpaid"
    EXPIRED = "expired"
    PROVIDER_ERROR = "provider_error"
    OTHER = "other"


CLASS_OF: Mapping[Code, DeclineClass] = {
    Code.DO_NOT_HONOR: DeclineClass.SOFT,
    Code.INSUFFICIENT_FUNDS: DeclineClass.SOFT,
    Code.OVER_LIMIT: DeclineClass.SOFT,
    Code.ISSUER_UNAVAILABLE: DeclineClass.TECHNICAL,
    Code.CVV_MISMATCH: DeclineClass.SOFT,
    Code.AVS_MISMATCH: DeclineClass.SOFT,
    Code.EXPIRED_CARD: DeclineClass.HARD,
    Code.INVALID_CARD: DeclineClass.HARD,
    Code.LOST_STOLEN_PICKUP: DeclineClass.HARD,
    Code.PREVIOUS_HARD_DECLINE: DeclineClass.HARD,
    Code.AUTHENTICATION_REQUIRED: DeclineClass.AUTH_REQUIRED,
    Code.AUTHENTICATION_FAILED: DeclineClass.RISK,
    Code.RISK_DECLINED: DeclineClass.RISK,
    Code.VELOCITY: DeclineClass.RISK,
    Code.DUPLICATE: DeclineClass.RISK,
    Code.MERCHANT_LIMIT: DeclineClass.CONFIG,
    Code.CONFIG_ERROR: DeclineClass.CONFIG,
    Code.NOT_REFUNDABLE: DeclineClass.HARD,
    Code.UNDERPAID: DeclineClass.SOFT,
    Code.EXPIRED: DeclineClass.SOFT,
    Code.PROVIDER_ERROR: DeclineClass.TECHNICAL,
    Code.OTHER: DeclineClass.SOFT,
}


class Operation(StrEnum):
    CHARGE = "charge"
    CHARGE_TOKEN = "charge_token"  # noqa: S105 - no secret
    REDIRECT = "redirect"
    VOID = "void"
    REFUND = "refund"
    PARTIAL_REFUND = "partial_refund"
    REBILL = "rebill"
    CANCEL_REBILL = "cancel_rebill"
    THREEDS = "threeds"
    STATUS = "status"


class Method(StrEnum):
    CARD = "card"
    CRYPTO = "crypto"


class WebhookTrust(StrEnum):
    SIGNED = "signed"
    DIGEST_PARTIAL = "digest_partial"
    """Some of them carry a proof, the others only cause a question."""
    UNSIGNED = "unsigned"
    NONE = "none"
    """There are no webhooks: we ask."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do, printed in the docs and asked by the router."""

    provider: str
    operations: frozenset[Operation]
    methods: frozenset[Method]
    currencies: frozenset[str]
    webhook_trust: WebhookTrust
    is_idempotent: bool
    settles_after_days: int
    least_minor: Mapping[str, int] = field(default_factory=dict)
    most_minor: Mapping[str, int] = field(default_factory=dict)
    is_treasury: bool = False
    """What it takes is in our own hands at once; whatever goes back leaves our treasury."""
    assumed: tuple[str, ...] = ()
    """Parts of the contract nobody could confirm, in words."""


@dataclass(frozen=True, slots=True)
class Merchant:
    """One account of ours with a provider: where it is reached, what it is called there, and its secrets."""

    slug: str
    provider: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)
    older_secrets: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """Secrets that were replaced and still verify for a while."""


@dataclass(frozen=True, slots=True)
class Recurring:
    """The provider bills again by itself."""

    amount: Money
    period_days: int


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """One charge, under our own reference that no other attempt ever had."""

    reference: str
    amount: Money
    token: str = field(default="", repr=False)
    recurring: Recurring | None = None
    return_url: str = ""
    notify_url: str = ""
    description: str = ""
    threeds: Mapping[str, str] = field(default_factory=dict, repr=False)
    expires_at: datetime | None = None
    coin: str = ""
    """The coin a buyer chose, where the provider lets them."""
    keeps_instrument: bool = True
    """Whether something to charge again is wanted."""


@dataclass(frozen=True, slots=True)
class Ref:
    """Everything we know a charge or refund by."""

    reference: str
    provider_ref: str = ""
    token: str = field(default="", repr=False)
    amount: Money | None = None
    sent_at: datetime | None = None
    asked_at: datetime | None = None
    """When we ask, by the clock that `sent_at` is of; none: this machine's."""
    subscription_ref: str = ""
    transaction_ref: str = ""
    """The provider's number of the single movement, where it differs from the charge's."""
    others: frozenset[str] = frozenset()
    """Provider references of other charges of the same token: they are not this one."""
    told_before: int | None = None
    """How many such things of this charge are known already; None when nobody counted."""
    under_way: int = 1
    """How many such things, this one among them, are not known yet."""
    is_void: bool = False


@dataclass(frozen=True, slots=True)
class RefundRequest:
    reference: str
    charge: Ref
    amount: Money
    is_whole: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NextAction:
    """What the buyer has to do: go to a page, or pay to an address."""

    kind: str
    url: str = ""
    method: str = "GET"
    fields: Mapping[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SavedInstrument:
    """What a charge left behind to be charged again."""

    token: str = field(repr=False)
    brand: str = ""
    first6: str = ""
    last4: str = ""
    expires: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one call."""

    result: Result
    provider_ref: str = ""
    reference: str = ""
    """Our own reference, where the provider repeats it."""
    amount: Money | None = None
    code: Code | None = None
    provider_code: str = ""
    provider_text: str = ""
    retry_after_seconds: int | None = None
    action: NextAction | None = None
    instrument: SavedInstrument | None = None
    subscription_ref: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """Request and answer as they may be kept: without secrets, cards and people."""

    @property
    def decline_class(self) -> DeclineClass | None:
        return CLASS_OF[self.code] if self.code else None


class EventKind(StrEnum):
    """What providers tell of."""

    CHARGED = "charged"
    PENDING = "pending"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    VOIDED = "voided"
    CHARGEBACK = "chargeback"
    RENEWED = "renewed"
    RENEWAL_FAILED = "renewal_failed"
    SUBSCRIPTION_CANCELLED = "subscription_cancelled"
    SUBSCRIPTION_EXPIRED = "subscription_expired"
    OTHER = "other"
    """Known and without meaning for money."""


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """One thing a provider told, under a key that it tells it by for ever."""

    key: str
    kind: EventKind
    reference: str = ""
    provider_ref: str = ""
    subscription_ref: str = ""
    transaction_ref: str = ""
    """The provider's number of the single movement: of a charge as of what takes it back."""
    amount: Money | None = None
    occurred_at: datetime | None = None
    rank: int = 0
    code: Code | None = None
    reason: str = ""
    next_renewal: date | None = None
    instrument: SavedInstrument | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """A call that came in, byte by byte."""

    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]
    address: str
    received_at: datetime


class Proof(StrEnum):
    VERIFIED = "verified"
    """Proved to come from the provider: it may change money."""
    TRIGGER = "trigger"
    """Not provable: it only makes us ask."""
    REJECTED = "rejected"
    """Proved to be false, or not addressed to us."""


@dataclass(frozen=True, slots=True)
class Checked:
    proof: Proof
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a provider wants to read before it stops calling."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"
