"""BitPay's words in ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from foundation.errors import Invalid
from foundation.money import Money
from processors.gateways.bitpay.client import BitPayError, Unreadable, money_of
from processors.gateways.types import Code, EventKind, NextAction, Outcome, ProviderEvent, Result

# Paid in part, too much or too late; BitPay says false where nothing is odd.
PARTIAL, OVER, LATE = "paidPartial", "paidOver", "paidLate"
TAKEN: Final = ("confirmed", "complete")

# What may be kept of an invoice or refund: nothing of the buyer.
KEPT: Final = (
    "id", "guid", "orderId", "status", "exceptionStatus", "price", "amount", "currency", "amountPaid",
    "transactionCurrency", "underpaidAmount", "overpaidAmount", "invoice", "isCancelled",
)  # fmt: skip

RANKS: Final[Mapping[str, int]] = {
    "new": 0, "paid": 1, "expired": 1, "invalid": 2, "declined": 2, "confirmed": 3, "complete": 4,
}  # fmt: skip
KINDS: Final[Mapping[str, EventKind]] = {
    "new": EventKind.PENDING, "paid": EventKind.PENDING, "confirmed": EventKind.CHARGED,
    "complete": EventKind.CHARGED, "expired": EventKind.EXPIRED, "invalid": EventKind.DECLINED,
    "declined": EventKind.DECLINED, "success": EventKind.REFUNDED, "failure": EventKind.REFUND_FAILED,
    "cancelled": EventKind.REFUND_FAILED,
}  # fmt: skip


def invoice_outcome(invoice: Any, reference: str) -> Outcome:
    """What an invoice says about the charge. Unreadable when it is another's or makes no sense.

    Coins are taken when they are confirmed, never when they are only paid. Too much is taken for its price, the rest
    is between BitPay and the buyer. Too late counts once BitPay itself confirms it; too little never does.
    """
    if not isinstance(invoice, dict) or invoice.get("guid", invoice.get("orderId")) != reference:
        raise Unreadable("an invoice of another charge")
    status, odd = invoice.get("status"), invoice.get("exceptionStatus") or ""
    if status not in RANKS or not isinstance(invoice.get("id"), str):
        raise Unreadable(f"an invoice in the state {status!r}")
    facts: dict[str, Any] = {
        "provider_ref": invoice["id"], "reference": reference,
        "amount": money_of(invoice.get("price"), invoice.get("currency")),
        "provider_code": f"{status} {odd}".strip()[:40], "raw": kept(invoice),
    }  # fmt: skip
    if status in TAKEN:
        return Outcome(Result.APPROVED, **facts)
    if invoice.get("isCancelled"):
        return Outcome(Result.DECLINED, code=Code.OTHER, provider_text="The buyer gave the invoice up.", **facts)
    match status:
        case "new":
            action = NextAction(
                "redirect", url=str(invoice.get("url", "")), expires_at=at(invoice.get("expirationTime"))
            )
            return Outcome(Result.ACTION_REQUIRED, action=action, **facts)
        case "paid":
            return Outcome(Result.PENDING, **facts)
        case "expired" if odd == PARTIAL:
            return Outcome(Result.DECLINED, code=Code.UNDERPAID, provider_text="Paid in part only.", **facts)
        case "expired" if odd == LATE:
            return Outcome(Result.PENDING, provider_text="Paid too late; BitPay decides whether it counts.", **facts)
        case "expired":
            return Outcome(Result.DECLINED, code=Code.EXPIRED, provider_text="Not paid in time.", **facts)
    return Outcome(Result.DECLINED, code=Code.OTHER, provider_text=f"BitPay says {status}.", **facts)


def refund_outcome(refund: Any, reference: str) -> Outcome:
    """What a refund says of itself. Unreadable when it is another's or makes no sense."""
    if not isinstance(refund, dict) or refund.get("guid") != reference or not isinstance(refund.get("id"), str):
        raise Unreadable("a refund of another request")
    facts: dict[str, Any] = {
        "provider_ref": refund["id"], "amount": money_of(refund.get("amount"), refund.get("currency")),
        "provider_code": str(refund.get("status"))[:40], "raw": kept(refund),
    }  # fmt: skip
    match refund.get("status"):
        case "success":
            return Outcome(Result.APPROVED, **facts)
        case "preview" | "created" | "pending":
            return Outcome(Result.PENDING, **facts)
        case "failure" | "cancelled" as status:
            return Outcome(Result.DECLINED, code=Code.OTHER, provider_text=f"BitPay says {status}.", **facts)
    raise Unreadable(f"a refund in the state {refund.get('status')!r}")


def told_refund(refund: Any, told: ProviderEvent, invoice: str) -> Outcome:
    """Whether a refund of this invoice is what somebody told. Unreadable when it makes no sense."""
    if not isinstance(refund, dict):
        raise Unreadable("no refund")
    amount = money_of(refund.get("amount"), refund.get("currency"))
    is_so = refund.get("invoice") == invoice and KINDS.get(str(refund.get("status"))) is told.kind
    if not is_so or told.amount != amount:
        return Outcome(Result.NOT_SENT, provider_text="BitPay says otherwise.")
    return Outcome(Result.APPROVED, provider_ref=str(refund.get("id")), amount=amount, raw=kept(refund))


def amount_of(told: Mapping[str, Any]) -> Money:
    """What a notification says of an amount. Invalid when it is none."""
    try:
        return money_of(told.get("amount"), told.get("currency"))
    except Unreadable as wrong:
        raise Invalid("bitpay.unreadable", "The notification names no amount.") from wrong


def refused(error: BitPayError) -> Outcome:
    code = Code.CONFIG_ERROR if error.status in (401, 403) else Code.PROVIDER_ERROR
    return Outcome(
        Result.DECLINED, code=code, provider_code=error.code or str(error.status), provider_text=error.said[:300],
        retry_after_seconds=60 if error.status == 429 else None,
    )  # fmt: skip


def kept(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What may be kept, with numbers as texts."""
    return {
        name: value if isinstance(value := answer[name], bool | str | None) else str(value)
        for name in KEPT
        if name in answer
    }


def at(milliseconds: Any) -> datetime | None:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int) or not 0 < milliseconds < 2**43:
        return None
    seconds, rest = divmod(milliseconds, 1_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1_000)
