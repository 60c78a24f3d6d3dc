"""What DataLink does and confirms: refunds, voids, the end of rebills."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from foundation.errors import Invalid
from processors.gateways import http
from processors.gateways.ccbill import client, codes
from processors.gateways.ccbill.charging import SETTLED_AFTER, approved_charges
from processors.gateways.ccbill.datalink import Reports, Standing, result, standing
from processors.gateways.ccbill.values import amount_of, price
from processors.gateways.types import (
    Code,
    EventKind,
    Merchant,
    Outcome,
    ProviderEvent,
    Ref,
    RefundRequest,
    Result,
)

K = EventKind
reports = Reports()
LINES: Final[Mapping[EventKind, frozenset[str]]] = {
    K.REFUNDED: frozenset({"REFUND"}), K.VOIDED: frozenset({"VOID"}), K.RENEWED: frozenset({"REBILL"}),
    K.CHARGEBACK: frozenset({"CHARGEBACK", "RETURN"}),
}  # fmt: skip


def refund(merchant: Merchant, request: RefundRequest) -> Outcome:
    """Give back all, or with an amount a part."""
    more = {} if request.is_whole else {"amount": price(request.amount)}
    return _taken_back(merchant, "refundTransaction", request.charge, request.reference, **more)


def void(merchant: Merchant, charge: Ref, reference: str) -> Outcome:
    return _taken_back(merchant, "voidTransaction", charge, reference)


def cancel(merchant: Merchant, subscription_ref: str) -> Outcome:
    """No more rebills. Cancelled already is as good."""
    outcome = _done(merchant, "cancelSubscription", subscription_ref, "")
    if outcome.result is Result.DECLINED and outcome.code is Code.NOT_REFUNDABLE:
        seen = _standing(merchant, subscription_ref)
        if isinstance(seen, Standing) and (seen.is_cancelled or seen.status == 0):
            return Outcome(Result.APPROVED, provider_ref=subscription_ref, subscription_ref=subscription_ref)
    return outcome


def refund_status(merchant: Merchant, refund: Ref, charge: Ref) -> Outcome:
    """DataLink only counts refunds: as many more than we know of as are under way, and this one is among them."""
    seen = _standing(merchant, charge.subscription_ref or charge.provider_ref)
    if not isinstance(seen, Standing):
        return Outcome(Result.UNKNOWN, provider_text=f"DataLink says {seen}")
    counted = seen.voids if refund.is_void else seen.refunds
    new = counted - (refund.told_before or 0)
    if new > 0 and (refund.told_before is None or new < refund.under_way):
        return Outcome(Result.UNKNOWN, provider_text=f"DataLink counts {counted}, which may or may not be ours")
    if new > 0:
        return Outcome(Result.APPROVED, reference=refund.reference)
    if refund.sent_at and (refund.asked_at or datetime.now(UTC)) - refund.sent_at < SETTLED_AFTER:
        return Outcome(Result.UNKNOWN, provider_text="too early to say that it never came")
    return Outcome(Result.NOT_SENT, reference=refund.reference, provider_text="DataLink counts no such refund.")


def confirm(merchant: Merchant, event: ProviderEvent, charge: Ref) -> Outcome:
    """Whether what nobody signed is so: by the token's charges, DataLink's counts, or the next report."""
    if event.kind in (K.CHARGED, K.DECLINED):
        return _confirm_charge(merchant, event, charge)
    number = event.subscription_ref or charge.subscription_ref or charge.provider_ref
    seen = _standing(merchant, number)
    if seen == codes.NO_RECORD:
        return Outcome(Result.NOT_SENT, provider_text="DataLink knows no such subscription.")
    if not isinstance(seen, Standing):
        return Outcome(Result.UNKNOWN, provider_text=f"DataLink says {seen}")
    is_so = _is_so(event.kind, seen, charge.told_before or 0)
    if is_so:
        return Outcome(Result.APPROVED, provider_ref=event.provider_ref, subscription_ref=event.subscription_ref)
    if event.kind in LINES:
        return _by_report(merchant, event)
    if is_so is None:
        return Outcome(Result.UNKNOWN, provider_text="DataLink says nothing of such a thing")
    return Outcome(Result.NOT_SENT, provider_text="DataLink sees it otherwise.")


def _confirm_charge(merchant: Merchant, event: ProviderEvent, charge: Ref) -> Outcome:
    if not charge.token:
        return Outcome(Result.UNKNOWN, provider_text="CCBill finds a charge only by its token")
    listed = approved_charges(merchant, charge.token)
    if isinstance(listed, Outcome):
        return listed
    if event.kind is K.DECLINED:
        if set(listed) <= charge.others:
            return Outcome(Result.APPROVED, reference=charge.reference, code=event.code)
        return Outcome(Result.UNKNOWN, provider_text="the token has a charge that was approved")
    if event.provider_ref in listed and event.provider_ref not in charge.others:
        return Outcome(
            Result.APPROVED, provider_ref=event.provider_ref, reference=charge.reference,
            subscription_ref=event.provider_ref,
        )  # fmt: skip
    return Outcome(Result.NOT_SENT, provider_text="The token was not charged under this number.")


def _is_so(kind: EventKind, seen: Standing, known: int) -> bool | None:
    """None: the count cannot tell."""
    match kind:
        case K.REFUNDED:
            return seen.refunds > known
        case K.VOIDED:
            return seen.voids > known
        case K.CHARGEBACK:
            return seen.chargebacks > known
        case K.RENEWED:
            return seen.rebills > known
        case K.RENEWAL_FAILED:
            return seen.rebills <= known
        case K.SUBSCRIPTION_CANCELLED:
            return seen.is_cancelled
        case K.SUBSCRIPTION_EXPIRED:
            return seen.status == 0
    return None


def _by_report(merchant: Merchant, event: ProviderEvent) -> Outcome:
    """The movement itself, with the amount it names. Reports come once an hour, so none yet is no answer."""
    numbers = frozenset({event.transaction_ref or event.provider_ref or event.subscription_ref} - {""})
    at = event.occurred_at or datetime.now(UTC)
    line = reports.line(merchant, LINES[event.kind], numbers, at)
    if line is None:
        return Outcome(Result.UNKNOWN, provider_text="no report shows it yet")
    try:
        amount = amount_of(line.amount, event.amount.currency) if event.amount else None
    except Invalid:
        return Outcome(Result.UNKNOWN, provider_text="the report names no amount")
    return Outcome(
        Result.APPROVED, provider_ref=event.provider_ref, subscription_ref=event.subscription_ref, amount=amount
    )


def _done(merchant: Merchant, action: str, number: str, reference: str, **more: str) -> Outcome:
    try:
        answer = client.manage(merchant, action, number, **more)
    except http.NotSent:
        return Outcome(Result.NOT_SENT, reference=reference, provider_text="DataLink was not reached.")
    except http.NoAnswer as lost:
        return Outcome(Result.UNKNOWN, reference=reference, provider_text=str(lost)[:300])
    code, raw = result(answer), {"status": answer.status, "action": action}
    if code is not None:
        raw["result"] = code
    if code == codes.DONE:
        return Outcome(Result.APPROVED, reference=reference, raw=raw)
    if code is None or code not in codes.DATALINK:
        said = f"HTTP {answer.status}, result {code}"
        return Outcome(Result.UNKNOWN, reference=reference, provider_code=str(code or ""), provider_text=said, raw=raw)
    return Outcome(
        Result.DECLINED, reference=reference, code=codes.DATALINK[code], provider_code=str(code),
        provider_text=f"DataLink refused with {code}.", raw=raw,
        retry_after_seconds=codes.LOCKED_SECONDS if code == codes.LOCKED else None,
    )  # fmt: skip


def _standing(merchant: Merchant, number: str) -> Standing | int | None:
    try:
        return standing(client.manage(merchant, "viewSubscriptionStatus", number))
    except (http.NotSent, http.NoAnswer):
        return None


def _taken_back(merchant: Merchant, action: str, charge: Ref, reference: str, **more: str) -> Outcome:
    number = _number(merchant, charge)
    if number:
        return _done(merchant, action, number, reference, **more)
    said = "The subscription was charged again, and no report names its first charge yet; nothing was sent."
    return Outcome(Result.NOT_SENT, reference=reference, code=Code.NOT_REFUNDABLE, provider_text=said)


def _number(merchant: Merchant, charge: Ref) -> str:
    """The single movement. A subscription's number means its latest charge, so it serves only while there is one."""
    if charge.transaction_ref or not charge.subscription_ref or charge.provider_ref != charge.subscription_ref:
        return charge.transaction_ref or charge.provider_ref
    seen = _standing(merchant, charge.subscription_ref)
    if isinstance(seen, Standing) and not seen.rebills:
        return charge.provider_ref
    at = charge.sent_at or datetime.now(UTC)
    line = reports.line(merchant, frozenset({"NEW"}), frozenset({charge.subscription_ref}), at)
    return line.transaction_ref if line else ""
