"""What people agree to about payouts: a large one leaves, one is paid at once, one came back that no rail told of."""

from __future__ import annotations

from uuid import UUID

from foundation.approvals.types import Application, Description, Effect, Evidence, Payload, Side
from foundation.money import EXPONENTS, Money
from payouts.life.errors import refusal
from payouts.life.models import Payout, PayoutInstruction
from payouts.life.rules import amounts
from payouts.life.services.approving import RELEASE, allow_release, refuse_unreleasable
from payouts.life.services.by_hand import RETURN, refuse_unreturnable, return_by_hand
from payouts.life.services.emergency import EMERGENCY, pay_at_once, refuse_stopped
from payouts.life.states import PayoutState
from payouts.methods.models import PayoutMethod
from payouts.methods.selectors import method_to_pay

RELEASE_FIELDS = {"payout_id": str, "method_id": str}
EMERGENCY_FIELDS = {"creator_id": str, "amount_minor": int, "currency": str}
RETURN_FIELDS = {"instruction_id": str, "came_minor": int, "currency": str}
__all__ = ["EMERGENCY", "EMERGENCY_FIELDS", "RELEASE", "RELEASE_FIELDS", "RETURN", "RETURN_FIELDS"]


def describe_release(payload: Payload) -> Description:
    payout, method = _payout(payload), _method(payload)
    checks = payout.checks.order_by("-id")[:5]
    return Description(
        title=f"Release a payout of {payout.amount} by {payout.get_rail_display()}",
        subject=("payouts.payout", str(payout.pk)),
        affected=Side("", payout.creator_id),
        amount=payout.amount,
        effects=(
            Effect("Payout", payout.get_state_display(), "leaves when its hours are over"),
            Effect("Refused", "", "cancelled; the money is available to the creator again"),
        ),
        evidence=(
            Evidence("Goes to", method.label),
            Evidence("Destination since", f"{method.created_at:%-d %b %Y}"),
            Evidence("Payouts before", str(_paid_before(payout.creator_id))),
            Evidence("Its hours end", f"{payout.escrow.planned_release_at:%-d %b %Y %H:%M} UTC"),
            *(Evidence(f"Check: {check.kind}", check.get_outcome_display()) for check in checks),
        ),
    )


def recheck_release(payload: Payload) -> None:
    """Refuse a payout that was agreed to, stopped, cancelled, has left or goes elsewhere by now."""
    payout = _payout(payload)
    refuse_unreleasable(payout)
    if payload["method_id"] != str(payout.method_id):
        raise refusal("payouts.other_destination")


def apply_release(payload: Payload, under: Application) -> None:
    allow_release(payout_id=UUID(payload["payout_id"]), approval_id=under.approval_id, by=under.by, at=under.at)


def describe_emergency(payload: Payload) -> Description:
    creator_id, amount = _wanted(payload)
    method = method_to_pay(creator_id=creator_id, currency=amount.currency)
    return Description(
        title=f"Pay {amount} at once by {method.get_rail_display()}",
        subject=("identity.party", str(creator_id)),
        affected=Side("", creator_id),
        amount=amount,
        effects=(
            Effect("Available to the creator", "", f"less {amount}"),
            Effect("Hours of escrow", "by score", "none"),
        ),
        evidence=(
            Evidence("Goes to", method.label),
            Evidence("Payouts before", str(_paid_before(creator_id))),
        ),
    )


def recheck_emergency(payload: Payload) -> None:
    """Refuse an amount no rail takes, and a creator without a destination that may be paid to now."""
    creator_id, amount = _wanted(payload)
    method = method_to_pay(creator_id=creator_id, currency=amount.currency)
    terms = amounts.terms(method.rail, amount.currency)
    if terms is None:
        raise refusal("payouts.not_by_this_rail", rail=method.rail, currency=amount.currency)
    if amount < terms.least:
        raise refusal("payouts.too_little", least_minor=terms.least.minor, currency=amount.currency)
    refuse_stopped(creator_id)


def apply_emergency(payload: Payload, under: Application) -> None:
    creator_id, amount = _wanted(payload)
    pay_at_once(creator_id=creator_id, amount=amount, approval_id=under.approval_id, by=under.by, at=under.at)


def describe_return(payload: Payload) -> Description:
    instruction, came = _instruction(payload)
    payout, sent = instruction.payout, Money(instruction.amount_minor, instruction.currency)
    kept = sent - came
    tax = Money(payout.withheld_minor, payout.currency)
    return Description(
        title=f"Book that a payout came back: {came} of {sent} by {payout.get_rail_display()}",
        subject=("payouts.payout", str(payout.pk)),
        affected=Side("", payout.creator_id),
        amount=sent,
        effects=(
            Effect("Payout", payout.get_state_display(), "came back"),
            Effect("Available to the creator, debts first", "", f"plus {sent}"),
            Effect("Our account with the rail", "", f"{came} more than after it was paid"),
            *([Effect("Charge of banks, ours to bear", "", str(kept))] if kept else []),
            *([Effect("Tax that was kept back", "", f"{tax} to the creator again")] if tax else []),
        ),
        evidence=(
            Evidence("Our reference", instruction.reference),
            Evidence("The rail's number", instruction.provider_ref or "none"),
            Evidence("Sent", f"{instruction.sent_at:%-d %b %Y %H:%M} UTC" if instruction.sent_at else "never"),
            Evidence("Went to", instruction.method.label),
        ),
    )


def recheck_return(payload: Payload) -> None:
    """Refuse what came back meanwhile, was never handed over, and more than was sent."""
    refuse_unreturnable(*_instruction(payload))


def apply_return(payload: Payload, under: Application) -> None:
    instruction, came = _instruction(payload)
    return_by_hand(
        instruction_id=instruction.pk, came=came, proof=under.reason, approval_id=under.approval_id, by=under.by,
        at=under.at,
    )  # fmt: skip


def _instruction(payload: Payload) -> tuple[PayoutInstruction, Money]:
    try:
        known = PayoutInstruction.objects.select_related("payout", "method")
        found = known.filter(pk=UUID(payload["instruction_id"])).first()
    except ValueError:
        found = None
    if found is None:
        raise refusal("payouts.no_instruction")
    if payload["currency"] != found.currency:
        raise refusal("payouts.not_what_was_sent", sent_minor=found.amount_minor, currency=found.currency)
    return found, Money(payload["came_minor"], found.currency)


def _payout(payload: Payload) -> Payout:
    try:
        found = Payout.objects.select_related("method", "escrow").filter(pk=UUID(payload["payout_id"])).first()
    except ValueError:
        found = None
    if found is None:
        raise refusal("payouts.not_found")
    return found


def _method(payload: Payload) -> PayoutMethod:
    try:
        found = PayoutMethod.objects.filter(pk=UUID(payload["method_id"])).first()
    except ValueError:
        found = None
    if found is None:
        raise refusal("payouts.other_destination")
    return found


def _wanted(payload: Payload) -> tuple[UUID, Money]:
    try:
        creator_id = UUID(payload["creator_id"])
    except ValueError:
        raise refusal("payouts.not_found") from None
    currency = payload["currency"]
    if currency not in EXPONENTS:
        raise refusal("payouts.not_by_this_rail", currency=currency)
    return creator_id, Money(payload["amount_minor"], currency)


def _paid_before(creator_id: UUID) -> int:
    return Payout.objects.filter(creator_id=creator_id, state=PayoutState.PAID).count()
