"""Which way a charge takes, and the attempt that takes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation import rows
from processors.gateways.base import gateways
from processors.gateways.rails.base import rails
from processors.gateways.types import Method
from processors.payments.directory import directory
from processors.payments.errors import refusal
from processors.payments.models import Attempt, ChargeWarrant, Payment
from processors.payments.rules import repairing
from processors.payments.rules.routing import Candidate, Need, candidates, operation_for
from processors.payments.states import PaymentState
from processors.payments.switches import stopped_providers


@dataclass(frozen=True, slots=True)
class Tried:
    """Where a charge was tried before, and the only provider its one-time token means something to."""

    accounts: frozenset[str]
    provider: str


def ways_for(payment: Payment, *, token: str = "", tried: Tried | None = None) -> tuple[Candidate, ...]:
    """Every account of ours and why it does or does not take this payment."""
    has_instrument = payment.instrument_id is not None and not token
    only = payment.instrument.merchant_account_id if has_instrument and payment.instrument else ""
    method = Method(payment.method)
    need = Need(
        platform_id=payment.platform_id,
        method=method,
        amount=payment.amount,
        operation=operation_for(method, has_token=bool(token), has_instrument=has_instrument),
        coin=payment.coin,
        only=only,
        tried=tried.accounts if tried else frozenset(),
        provider=tried.provider if tried else "",
    )
    can = {name: gateway.capabilities for name, gateway in gateways.items()}
    ways = [way for way in directory().ways.values() if way.provider not in rails]
    return candidates(need, ways, can, stopped_providers())


def create_attempt(
    payment: Payment, warrant: ChargeWarrant, chosen: Candidate, *, token: str, number: int, at: datetime,
    lease: bool = True,
) -> Attempt:  # fmt: skip
    """The attempt of a payment that is held, written down under a reference of its own."""
    operation = operation_for(
        Method(payment.method), has_token=bool(token), has_instrument=payment.instrument_id is not None and not token
    )
    return rows.insert(
        Attempt(
            payment=payment,
            platform_id=payment.platform_id,
            number=number,
            operation=operation,
            warrant=warrant,
            merchant_account_id=chosen.slug,
            provider=chosen.provider,
            reference=f"{payment.pk.hex}-{number}",
            token=token,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            created_at=at,
            repair_at=at + repairing.LEASE if lease else None,
        )
    )


def usable_warrant(payment: Payment, warrant_id: UUID, verdict: str, at: datetime) -> ChargeWarrant:
    """The judgement on exactly this payment, if it says this and still holds."""
    warrant = rows.find(ChargeWarrant, "id = %s AND payment_id = %s", warrant_id, payment.pk)
    if (
        warrant is None
        or warrant.verdict != verdict
        or warrant.currency != payment.currency
        or warrant.most_minor < payment.amount_minor
        or warrant.instrument_id != payment.instrument_id
    ):
        raise refusal("payments.no_warrant")
    if warrant.expires_at <= at:
        raise refusal("payments.warrant_too_old")
    if payment.state != PaymentState.CREATED and Attempt.objects.filter(warrant=warrant).exists():
        raise refusal("payments.warrant_used")
    return warrant
