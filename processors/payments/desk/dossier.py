"""One payment with everything that is known of it, in a number of questions that does not grow with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from foundation.identity.models import Membership, Platform
from foundation.money import Money
from ledger.types import TransferInfo
from processors.gateways.base import gateways
from processors.gateways.types import Operation
from processors.payments.errors import refusal
from processors.payments.giving_back import Refund
from processors.payments.history import history_of
from processors.payments.models import Payment
from processors.payments.rules.giving_back import why_not_refund, why_not_void
from processors.payments.services.deciding import is_undecided
from processors.payments.services.held import taken
from processors.payments.states import WITH_PROVIDER, PaymentState
from processors.payments.types import PaymentView, RefundView, TimelineEntry
from processors.payments.views import view_of, view_of_refund


@dataclass(frozen=True, slots=True)
class DisputeLine:
    """What a bank took back."""

    id: UUID
    state: str
    amount: Money
    fee: Money
    reason: str
    provider_ref: str
    opened_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """A payment, what led to it, what came of it, and what may be done with it now."""

    payment: PaymentView
    platform: str
    fan: str
    creator: str
    """What the platform calls them."""
    routing: Sequence[Mapping[str, Any]]
    jurisdiction: str
    device: str
    ip: str | None
    approval_id: UUID | None
    refunds: Sequence[RefundView]
    disputes: Sequence[DisputeLine]
    history: Sequence[TimelineEntry]
    legs: Sequence[TransferInfo]
    why_not_refund: str
    why_not_void: str
    can_be_asked: bool
    last_attempt_id: UUID | None
    last_reference: str
    """Under which the provider knows the newest try."""
    is_undecided: bool
    """Asked about often enough: people have to say what became of it."""
    can_be_cancelled: bool


def dossier_of(payment_id: UUID, *, at: datetime) -> Dossier:
    """All of it. NotFound."""
    row = Payment.objects.select_related("instrument", "merchant_account", "platform").filter(pk=payment_id).first()
    if row is None:
        raise refusal("payments.not_found")
    history = history_of(row)
    people = _people(row.platform, row.fan_id, row.creator_id)
    last = history.attempts[-1] if history.attempts else None
    was_sent = last is not None and last.sent_at is not None
    return Dossier(
        payment=view_of(row),
        platform=row.platform.name,
        fan=people.get(row.fan_id, ""),
        creator=people.get(row.creator_id, ""),
        routing=row.routing,
        jurisdiction=row.jurisdiction,
        device=row.device,
        ip=row.ip,
        approval_id=row.approval_id,
        refunds=[view_of_refund(one) for one in history.refunds],
        disputes=[
            DisputeLine(
                one.pk, str(one.state), Money(one.amount_minor, one.currency), Money(one.fee_minor, one.currency),
                one.reason, one.provider_ref, one.opened_at, one.ended_at,
            )
            for one in history.disputes
        ],
        history=history.entries,
        legs=history.legs,
        why_not_refund=_why_not_refund(row),
        why_not_void=_why_not_void(row, last.provider if last else "", at),
        can_be_asked=was_sent and row.state in (*WITH_PROVIDER, PaymentState.EXPIRED),
        last_attempt_id=last.pk if last else None,
        last_reference=last.reference if last else "",
        is_undecided=last is not None and is_undecided(row, last),
        can_be_cancelled=row.state in (PaymentState.CREATED, PaymentState.ROUTED, PaymentState.REQUIRES_ACTION),
    )  # fmt: skip


def payment_of_refund(refund_id: UUID) -> tuple[UUID, RefundView]:
    """The payment a refund belongs to, and the refund; NotFound."""
    row = Refund.objects.filter(pk=refund_id).first()
    if row is None:
        raise refusal("payments.no_refund")
    return row.payment_id, view_of_refund(row)


def _why_not_refund(row: Payment) -> str:
    if row.captured_minor and row.refunds_minor >= row.captured_minor:
        return "payments.nothing_left"
    return why_not_refund(taken(row), row.refundable or Money(1, row.currency))


def _why_not_void(row: Payment, provider: str, at: datetime) -> str:
    if provider not in gateways:
        return "payments.not_voidable"
    can = gateways.find(provider).capabilities
    code = why_not_void(taken(row), row.captured_at, can.settles_after_days, at)
    return code or ("" if Operation.VOID in can.operations else "payments.not_voidable")


def _people(platform: Platform, *party_ids: UUID) -> dict[UUID, str]:
    known = Membership.objects.filter(platform=platform, party_id__in=party_ids).order_by("pk")
    return {party_id: handle or external for party_id, handle, external in known.values_list(
        "party_id", "handle", "external_id"
    )}  # fmt: skip
