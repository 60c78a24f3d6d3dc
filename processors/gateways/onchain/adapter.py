"""The one interface of all providers, spoken to our own nodes. Who keeps the invoices is handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from foundation.errors import Invalid, Refusal
from foundation.money import Money
from processors.gateways.types import (
    Capabilities,
    ChargeRequest,
    Checked,
    Code,
    Merchant,
    Method,
    NextAction,
    Operation,
    Outcome,
    Proof,
    ProviderEvent,
    Ref,
    RefundRequest,
    Reply,
    Result,
    Webhook,
    WebhookTrust,
)

PAY_TO_ADDRESS = "pay_to_address"


class Progress(StrEnum):
    AWAITED = "awaited"
    COMING = "coming"
    PAID = "paid"
    SHORT = "short"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class PayTo:
    """Where to send how much, in words and as a wallet reads it from a picture."""

    coin: str
    address: str
    amount: str
    units: int
    uri: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an invoice is."""

    progress: Progress
    price: Money
    pay_to: PayTo


class Invoices(Protocol):
    def open(self, merchant: Merchant, request: ChargeRequest) -> Standing:
        """The invoice of this charge, the same one however often it is asked for. A Refusal: there is none."""
        ...

    def standing(self, merchant: Merchant, reference: str) -> Standing | None: ...


class OnChain:
    capabilities = Capabilities(
        provider="onchain",
        operations=frozenset({Operation.REDIRECT, Operation.STATUS}),
        methods=frozenset({Method.CRYPTO}),
        currencies=frozenset({"USD", "EUR", "GBP", "CAD", "AUD"}),
        webhook_trust=WebhookTrust.NONE,
        is_idempotent=True,
        settles_after_days=0,
        is_treasury=True,
    )

    def __init__(self, invoices: Invoices) -> None:
        self.invoices = invoices

    def charge(self, merchant: Merchant, request: ChargeRequest) -> Outcome:
        """Give an address; the buyer's wallet does the rest."""
        try:
            return _outcome(self.invoices.open(merchant, request), request.reference)
        except Refusal as refused:
            return Outcome(Result.NOT_SENT, provider_code=refused.code[:40], provider_text=refused.detail[:300])

    def refund(self, merchant: Merchant, request: RefundRequest) -> Outcome:
        raise NotImplementedError("no key here can send coins; a refund is paid by hand")

    def void(self, merchant: Merchant, charge: Ref, reference: str) -> Outcome:
        raise NotImplementedError("coins that came are there for good; they are refunded by hand")

    def cancel_rebill(self, merchant: Merchant, subscription_ref: str) -> Outcome:
        raise NotImplementedError("coins are not drawn, they are sent")

    def charge_status(self, merchant: Merchant, charge: Ref) -> Outcome:
        found = self.invoices.standing(merchant, charge.reference)
        if found is None:
            return Outcome(Result.NOT_SENT, provider_text="No address was given.")
        return _outcome(found, charge.reference)

    def refund_status(self, merchant: Merchant, refund: Ref, charge: Ref) -> Outcome:
        raise NotImplementedError("a refund is paid by hand")

    def confirm(self, merchant: Merchant, event: ProviderEvent, charge: Ref) -> Outcome:
        return self.charge_status(merchant, charge)

    def check(self, merchant: Merchant, webhook: Webhook) -> Checked:
        return Checked(Proof.REJECTED, "our nodes call nobody")

    def parse(self, merchant: Merchant, webhook: Webhook) -> Sequence[ProviderEvent]:
        raise Invalid("onchain.no_webhooks", "Our nodes call nobody.")

    def reply(self, *, is_taken: bool) -> Reply:
        return Reply(status=404)


def _outcome(found: Standing, reference: str) -> Outcome:
    to = found.pay_to
    match found.progress:
        case Progress.AWAITED:
            fields = {"coin": to.coin, "address": to.address, "amount": to.amount, "qr": to.uri}
            action = NextAction(PAY_TO_ADDRESS, url=to.uri, fields=fields, expires_at=to.expires_at)
            return Outcome(Result.ACTION_REQUIRED, provider_ref=reference, amount=found.price, action=action)
        case Progress.COMING:
            return Outcome(Result.PENDING, provider_ref=reference, amount=found.price)
        case Progress.PAID:
            return Outcome(Result.APPROVED, provider_ref=reference, amount=found.price)
        case Progress.SHORT:
            text = "Less came than was asked for; it is the fan's to spend."
            return Outcome(Result.DECLINED, provider_ref=reference, code=Code.UNDERPAID, provider_text=text)
        case Progress.EXPIRED:
            return Outcome(
                Result.DECLINED, provider_ref=reference, code=Code.EXPIRED, provider_text="Not paid in time."
            )
