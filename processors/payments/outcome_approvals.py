"""What two people agree became of a charge or refund whose provider could not say."""

from __future__ import annotations

from uuid import UUID

from foundation.approvals.types import Application, Description, Effect, Evidence, Payload, Side
from processors.payments.errors import refusal
from processors.payments.giving_back import Refund
from processors.payments.models import Attempt, Payment
from processors.payments.services.deciding import (
    CHARGE_KIND,
    REFUND_KIND,
    decide_charge,
    decide_refund,
    refuse_known_charge,
    refuse_known_refund,
)
from processors.payments.types import Decided

CHARGE_FIELDS = {"attempt_id": str, "happened": bool, "proof": str, "provider_ref": str}
REFUND_FIELDS = {"refund_id": str, "happened": bool, "proof": str, "provider_ref": str}
__all__ = ["CHARGE_KIND", "REFUND_KIND"]


def describe_charge(payload: Payload) -> Description:
    payment, attempt = _charge(payload)
    happened = payload["happened"]
    return Description(
        title=f"{payment.amount} {'was' if happened else 'was not'} taken by {attempt.provider}",
        subject=("processors.attempt", str(attempt.pk)),
        affected=Side("", payment.creator_id),
        platform_id=payment.platform_id,
        amount=payment.amount,
        effects=(
            Effect("Payment", "not known", "taken and booked" if happened else "failed; nothing is booked"),
            *_said(payload),
            Effect("Later proof of the provider", "", "is stronger than this, and alarms"),
        ),
        evidence=(Evidence("Our reference there", attempt.reference), _asked(attempt)),
    )


def recheck_charge(payload: Payload) -> None:
    """Refuse a charge whose outcome became known."""
    payment, attempt = _charge(payload)
    refuse_known_charge(payment, attempt, decided_by(payload))


def apply_charge(payload: Payload, under: Application) -> None:
    decide_charge(attempt_id=UUID(payload["attempt_id"]), decided=decided_by(payload), by=under.by, at=under.at)


def describe_refund(payload: Payload) -> Description:
    refund = _refund(payload)
    happened = payload["happened"]
    return Description(
        title=f"Refund of {refund.amount} {'was' if happened else 'was not'} given by {refund.provider}",
        subject=("processors.refund", str(refund.pk)),
        affected=Side("", refund.payment.creator_id),
        platform_id=refund.platform_id,
        amount=refund.amount,
        effects=(
            Effect("Refund", "not known", "given and booked" if happened else "failed; its amount can be given again"),
            *_said(payload),
            Effect("Later proof of the provider", "", "is stronger than this, and alarms"),
        ),
        evidence=(Evidence("Our reference there", refund.reference), _asked(refund)),
    )


def recheck_refund(payload: Payload) -> None:
    """Refuse a refund whose outcome became known."""
    refuse_known_refund(_refund(payload), decided_by(payload))


def apply_refund(payload: Payload, under: Application) -> None:
    decide_refund(refund_id=UUID(payload["refund_id"]), decided=decided_by(payload), by=under.by, at=under.at)


def decided_by(payload: Payload) -> Decided:
    return Decided(payload["happened"], payload["proof"], payload["provider_ref"])


def _said(payload: Payload) -> tuple[Effect, ...]:
    number = Effect("The provider's number", "", payload["provider_ref"])
    return (Effect("Proof", "", payload["proof"]), *((number,) if payload["happened"] else ()))


def _asked(row: Attempt | Refund) -> Evidence:
    since = f"{row.sent_at:%-d %b %Y %H:%M}" if row.sent_at else "never"
    return Evidence("Sent", f"{since}; the provider was asked {row.repairs} times")


def _charge(payload: Payload) -> tuple[Payment, Attempt]:
    found = Attempt.objects.select_related("payment").filter(pk=_id(payload["attempt_id"])).first()
    if found is None:
        raise refusal("payments.not_found")
    return found.payment, found


def _refund(payload: Payload) -> Refund:
    found = Refund.objects.select_related("payment").filter(pk=_id(payload["refund_id"])).first()
    if found is None:
        raise refusal("payments.no_refund")
    return found


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise refusal("payments.not_found") from None
