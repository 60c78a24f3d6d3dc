"""A bank takes a payment back: opened, won, lost."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.events import publish
from foundation.money import Money
from foundation.states import move
from processors.payments import events
from processors.payments.directory import directory
from processors.payments.errors import refusal
from processors.payments.giving_back import Dispute
from processors.payments.models import Payment
from processors.payments.services.alarms import alarm
from processors.payments.services.booking import book_dispute, book_lost, book_made_good, book_won
from processors.payments.services.held import hold_dispute, raise_given_back
from processors.payments.services.refunding import charge_of
from processors.payments.states import DisputeState, PaymentState

CAN_BE_DISPUTED = (PaymentState.CAPTURED, PaymentState.SETTLED, PaymentState.VOIDED)


def open_dispute(
    *, payment_id: UUID, provider_ref: str, amount: Money, reason: str, by: Actor, at: datetime,
    told_at: datetime | None = None, fee: Money | None = None,
) -> Dispute:  # fmt: skip
    """A bank took back this much, told under this number: booked, its part of the payment no longer refundable.

    Told again, the first stands. A bank may take what was refunded already; that is flagged and alarms.
    """
    with transaction.atomic():
        payment = Payment.objects.locked(payment_id)
        if payment.state not in CAN_BE_DISPUTED:
            raise refusal("payments.not_taken", state=payment.state)
        charge = charge_of(payment)
        known = Dispute.objects.filter(provider=charge.provider, provider_ref=provider_ref).first()
        if known is not None:
            return known
        dispute = Dispute.objects.create(
            payment=payment,
            platform_id=payment.platform_id,
            provider=charge.provider,
            provider_ref=provider_ref,
            amount_minor=amount.minor,
            fee_minor=(fee or fee_of(charge.merchant_account_id, amount.currency)).minor,
            currency=amount.currency,
            reason=reason[:300],
            opened_at=at,
            told_at=told_at,
        )
        book_dispute(payment, dispute, at=at)
        raise_given_back(payment, disputed=amount.minor)
        record(
            "dispute.opened", by=by, subject=dispute, reason=reason, payment_id=payment.pk, amount_minor=amount.minor
        )
        publish(
            events.DisputeOpened(
                payment.pk, payment.platform_id, dispute.pk, payment.fan_id, payment.creator_id, charge.provider,
                amount.minor, amount.currency, dispute.reason, payment.is_paid_back_twice,
            ),
            key=dispute,
        )  # fmt: skip
        if payment.is_paid_back_twice:
            alarm(payment, "paid_back_twice", f"a bank took {amount} of which some was refunded")
    return dispute


def win_dispute(*, dispute_id: UUID, by: Actor, at: datetime, is_fee_returned: bool = False) -> Dispute:
    """The bank gave the money back: it is on the books and refundable again. Refuses a dispute that is over.

    Refunds that had been our loss are refunds of the sale from now on.
    """
    with transaction.atomic():
        payment, dispute = _open(dispute_id)
        book_won(payment, dispute, is_fee_returned=is_fee_returned, at=at)
        move(dispute, to=DisputeState.WON, by=by, at=at, ended_at=at)
        raise_given_back(payment, disputed=-dispute.amount_minor)
        book_made_good(payment, dispute, at=at)
        _tell_ended(payment, dispute)
    return dispute


def lose_dispute(*, dispute_id: UUID, by: Actor, at: datetime, fee_borne: Money | None = None) -> Dispute:
    """The money is gone: share, fee and tax give back their parts. Refuses a dispute that is over."""
    with transaction.atomic():
        payment, dispute = _open(dispute_id)
        book_lost(payment, dispute, fee_borne=fee_borne, at=at)
        move(dispute, to=DisputeState.LOST, by=by, at=at, ended_at=at)
        _tell_ended(payment, dispute)
    return dispute


def fee_of(merchant: str, currency: str) -> Money:
    """What this account's provider charges for a dispute, as its settings say by currency."""
    fees = directory().settings.get(merchant, {}).get("dispute_fee_minor", {})
    return Money(int(fees.get(currency, 0)), currency)


def _open(dispute_id: UUID) -> tuple[Payment, Dispute]:
    payment, dispute = hold_dispute(dispute_id)
    if dispute.state != DisputeState.OPENED:
        raise refusal("payments.dispute_over", state=dispute.state)
    return payment, dispute


def _tell_ended(payment: Payment, dispute: Dispute) -> None:
    publish(
        events.DisputeEnded(
            payment.pk, payment.platform_id, dispute.pk, dispute.amount_minor, dispute.currency, str(dispute.state)
        ),
        key=dispute,
    )
