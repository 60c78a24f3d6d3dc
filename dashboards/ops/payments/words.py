"""How payments are called on pages: a word, a colour and a sentence for each state, reason and refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse

from foundation.http.components import Badge
from processors.gateways.types import EventKind
from processors.payments.states import DisputeState, PaymentState, RefundState
from processors.webhooks.states import CallState, ToldState

PROVIDERS = {"ccbill": "CCBill", "bitpay": "BitPay", "onchain": "Our own addresses"}
P, R, D = PaymentState, RefundState, DisputeState
PAYMENT = {
    P.CREATED: Badge("Asked for", "neutral", "dot"),
    P.ROUTED: Badge("Way chosen", "neutral", "arrow-right"),
    P.REQUIRES_ACTION: Badge("Waits for the buyer", "review", "person"),
    P.PROCESSING: Badge("With the provider", "review", "clock"),
    P.UNKNOWN: Badge("Not known", "delayed", "help"),
    P.IN_REVIEW: Badge("In review", "review", "search"),
    P.AUTHORIZED: Badge("Reserved", "review", "lock"),
    P.CAPTURED: Badge("Taken", "normal", "check"),
    P.SETTLED: Badge("Settled", "normal", "money"),
    P.DECLINED: Badge("Declined", "frozen", "x"),
    P.FAILED: Badge("Never sent", "neutral", "x"),
    P.EXPIRED: Badge("Ran out", "neutral", "clock"),
    P.CANCELLED: Badge("Cancelled", "neutral", "x"),
    P.VOIDED: Badge("Voided", "neutral", "arrow-down"),
}
REFUND = {
    R.REQUESTED: Badge("Waits for a person", "review", "clock"),
    R.APPROVED: Badge("Agreed", "review", "check"),
    R.PREPARED: Badge("Not sent yet", "neutral", "dot"),
    R.SENT: Badge("On its way", "review", "clock"),
    R.PENDING: Badge("With the provider", "review", "clock"),
    R.UNKNOWN: Badge("Not known", "delayed", "help"),
    R.MANUAL_DUE: Badge("To be paid by hand", "delayed", "person"),
    R.MANUAL_SETTLED: Badge("Paid by hand", "normal", "check"),
    R.SUCCEEDED: Badge("Given back", "normal", "check"),
    R.FAILED: Badge("Not given", "frozen", "x"),
    R.REJECTED: Badge("Refused", "frozen", "x"),
}
DISPUTE = {
    D.OPENED: Badge("Open", "delayed", "warn"),
    D.WON: Badge("Won", "normal", "check"),
    D.LOST: Badge("Lost", "frozen", "x"),
}
TOLD = {
    ToldState.DUE: Badge("Waits its turn", "review", "clock"),
    ToldState.APPLIED: Badge("Applied", "normal", "check"),
    ToldState.STALE: Badge("Known already", "neutral", "dot"),
    ToldState.PARKED: Badge("Parked", "delayed", "pause"),
    ToldState.DEAD: Badge("Given up", "frozen", "stop"),
}
CALL = {
    CallState.RECEIVED: Badge("Stored", "review", "clock"),
    CallState.READ: Badge("Read", "normal", "check"),
    CallState.REJECTED: Badge("Refused", "frozen", "x"),
}
TOLD_OF = {
    EventKind.CHARGED: "charged", EventKind.PENDING: "not done yet", EventKind.DECLINED: "declined",
    EventKind.EXPIRED: "ran out", EventKind.CANCELLED: "cancelled", EventKind.REFUNDED: "refunded",
    EventKind.REFUND_FAILED: "refund failed", EventKind.VOIDED: "voided", EventKind.CHARGEBACK: "chargeback",
    EventKind.RENEWED: "renewed", EventKind.RENEWAL_FAILED: "renewal failed",
    EventKind.SUBSCRIPTION_CANCELLED: "subscription cancelled",
    EventKind.SUBSCRIPTION_EXPIRED: "subscription ran out", EventKind.OTHER: "something without money",
}  # fmt: skip
WHY_NOT_THIS_WAY = {
    "no_adapter": "we do not speak to it", "other_instrument": "the saved card belongs to another account",
    "tried": "it was tried before", "other_token": "the token of the page is another provider's",
    "closed": "the account is closed", "stopped": "it is stopped by a switch",
    "other_platform": "not for this platform", "method": "not this way of paying",
    "operation": "it cannot do this", "currency": "not this currency", "coin": "not this coin",
    "too_small": "too small", "too_large": "too large",
}  # fmt: skip
DECLINES = {
    "do_not_honor": "The bank said no", "insufficient_funds": "Not enough money", "over_limit": "Over the card's limit",
    "issuer_unavailable": "The bank was not reached", "cvv_mismatch": "Wrong security code",
    "avs_mismatch": "Wrong address", "expired_card": "The card ran out", "invalid_card": "No such card",
    "lost_stolen_pickup": "Reported lost or stolen", "previous_hard_decline": "Declined for good before",
    "authentication_required": "The bank wants a proof", "authentication_failed": "The proof failed",
    "risk_declined": "Refused as too risky", "velocity": "Too many at a time", "duplicate": "The same again",
    "merchant_limit": "Our account's limit is reached", "config_error": "Our set-up there is wrong",
    "not_refundable": "Cannot be refunded there", "underpaid": "Too little was paid", "expired": "Not finished in time",
    "provider_error": "The provider failed", "other": "Declined without a reason we know",
}  # fmt: skip
# What a person does next about a refusal.
WHAT_TO_DO = {
    "payments.unknown": "Ask the provider now; when the outcome is known, try again.",
    "payments.not_taken": "There is nothing to give back. Look at the state above.",
    "payments.too_much": "Enter at most what is left.",
    "payments.nothing_left": "All of it was given back, or is on its way.",
    "payments.disputed": "A bank holds or took this part. Refund less, or wait until the dispute is over.",
    "payments.bad_amount": "Enter an amount above nothing, in the payment's own currency.",
    "payments.not_voidable": "It has settled, or some of it went back. Refund it instead.",
    "payments.changed_meanwhile": "Reload the page: it shows what is left now.",
    "payments.cannot_cancel": "It is with the provider or over. Ask the provider, or give the money back.",
    "payments.not_by_hand": "Somebody was faster. Reload the page.",
    "payments.number_missing": "Copy it from the provider's own pages.",
    "payments.number_of_another": "Look at the provider's pages again.",
    "payments.not_undecided": "Reload the page: it shows what is known now.",
    "payments.refund_not_ready": "Somebody was faster. Reload the page.",
    "switches.stopped": "Refunds are stopped at the moment. It waits here; see Switches.",
}


def provider_name(provider: str) -> str:
    return PROVIDERS.get(provider, provider.capitalize())


def decline_words(code: str) -> str:
    return DECLINES.get(code, code.replace("_", " ").capitalize())


def what_to_do(code: str) -> str:
    return WHAT_TO_DO.get(code, "Reload the page and look again.")


def payment_url(payment_id: UUID | str) -> str:
    return reverse("ops:payment", args=[payment_id])


def reason_words(reason: Any) -> str:
    """A reason of a judgement: words already, or a code with its figures."""
    if not isinstance(reason, dict):
        return str(reason)
    figures = figures_of(reason)
    return f"{reason.get('code', '')} ({figures})" if figures else str(reason.get("code", ""))


def figures_of(reason: Mapping[str, Any]) -> str:
    """What was counted and what was allowed."""
    facts = {name: value for name, value in reason.items() if name not in ("code", "verdict")}
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())
