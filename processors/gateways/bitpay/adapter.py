"""The one interface of all providers, spoken to BitPay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from foundation.errors import Invalid
from processors.gateways import http
from processors.gateways.bitpay import client, mapping
from processors.gateways.bitpay.client import BitPayError, Unreadable
from processors.gateways.types import (
    Capabilities,
    ChargeRequest,
    Checked,
    EventKind,
    Merchant,
    Method,
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

LONGEST_ID = 64


class BitPay:
    capabilities = Capabilities(
        provider="bitpay",
        operations=frozenset(
            {Operation.CHARGE, Operation.REDIRECT, Operation.REFUND, Operation.PARTIAL_REFUND, Operation.STATUS}
        ),
        methods=frozenset({Method.CRYPTO}),
        currencies=frozenset({"USD", "EUR", "GBP", "CAD", "AUD"}),
        webhook_trust=WebhookTrust.UNSIGNED,
        is_idempotent=True,
        settles_after_days=2,
        assumed=(
            "the words paidPartial, paidOver and paidLate of exceptionStatus",
            "the extended form of notifications",
            "that an invoice paid too late becomes confirmed once BitPay accepts it",
        ),
    )

    def charge(self, merchant: Merchant, request: ChargeRequest) -> Outcome:
        """Make an invoice; the buyer pays it on BitPay's page."""
        fields: dict[str, Any] = {
            "currency": request.amount.currency, "guid": request.reference, "orderId": request.reference,
            "itemDesc": request.description, "notificationURL": request.notify_url,
            "redirectURL": request.return_url, "transactionSpeed": merchant.settings.get("speed", "medium"),
            "fullNotifications": True, "extendedNotifications": True,
            "paymentCurrencies": [request.coin] if request.coin else [],
        }  # fmt: skip
        fields = {name: value for name, value in fields.items() if value not in ("", [])}
        return _sent(
            lambda: mapping.invoice_outcome(
                client.post(merchant, "invoices", fields, price=request.amount), request.reference
            )
        )

    def refund(self, merchant: Merchant, request: RefundRequest) -> Outcome:
        fields = {
            "invoiceId": request.charge.provider_ref, "guid": request.reference, "reference": request.reference,
            "preview": False, "immediate": False, "buyerPaysRefundFee": False,
        }  # fmt: skip
        return _sent(
            lambda: mapping.refund_outcome(
                client.post(merchant, "refunds", fields, amount=request.amount), request.reference
            )
        )

    def void(self, merchant: Merchant, charge: Ref, reference: str) -> Outcome:
        raise NotImplementedError("BitPay takes coins for good; they are refunded")

    def cancel_rebill(self, merchant: Merchant, subscription_ref: str) -> Outcome:
        raise NotImplementedError("coins are not drawn, they are sent")

    def charge_status(self, merchant: Merchant, charge: Ref) -> Outcome:
        path = (
            f"invoices/{quote(charge.provider_ref, safe='')}" if charge.provider_ref else _by_guid("invoices", charge)
        )
        return _asked(lambda: mapping.invoice_outcome(client.get(merchant, path), charge.reference))

    def refund_status(self, merchant: Merchant, refund: Ref, charge: Ref) -> Outcome:
        path = _by_guid("refunds", refund)
        return _asked(lambda: mapping.refund_outcome(client.get(merchant, path), refund.reference))

    def confirm(self, merchant: Merchant, event: ProviderEvent, charge: Ref) -> Outcome:
        """Whether a refund somebody told of is so; of the charge itself its invoice tells."""
        if event.kind not in (EventKind.REFUNDED, EventKind.REFUND_FAILED):
            return self.charge_status(merchant, charge)
        path = f"refunds/{quote(event.provider_ref, safe='')}"
        return _asked(lambda: mapping.told_refund(client.get(merchant, path), event, charge.provider_ref))

    def check(self, merchant: Merchant, webhook: Webhook) -> Checked:
        """BitPay signs nothing: whoever calls only makes us ask."""
        return Checked(Proof.TRIGGER, "BitPay does not sign what it tells")

    def parse(self, merchant: Merchant, webhook: Webhook) -> Sequence[ProviderEvent]:
        """What to ask about; of all that is told only names are taken, and a refund's amount to hold against theirs."""
        try:
            told = client.read_json(webhook.body)
        except ValueError as wrong:
            raise Invalid("bitpay.unreadable", "The notification is not JSON.") from wrong
        data = told.get("data", told) if isinstance(told, dict) else None
        if not isinstance(data, dict) or not _is_name(data.get("id")):
            raise Invalid("bitpay.unreadable", "The notification names no invoice.")
        is_refund = "invoice" in data and "price" not in data
        status, odd = str(data.get("status", "")), data.get("exceptionStatus") or ""
        named = data.get("guid") if is_refund else data.get("orderId")
        return [
            ProviderEvent(
                key=f"{data['id']}:{status}:{odd}"[:200],
                kind=mapping.KINDS.get(status, EventKind.OTHER),
                reference=str(named) if _is_name(named) else "",
                provider_ref=data["id"],
                subscription_ref=str(data["invoice"]) if is_refund and _is_name(data["invoice"]) else "",
                amount=mapping.amount_of(data) if is_refund else None,
                rank=mapping.RANKS.get(status, 0),
                occurred_at=mapping.at(data.get("currentTime")),
            )
        ]

    def reply(self, *, is_taken: bool) -> Reply:
        return Reply(status=200 if is_taken else 503)


def _sent(call: Callable[[], Outcome]) -> Outcome:
    """Something that may have been done: only a certain refusal is one."""
    try:
        return call()
    except http.NotSent:
        return Outcome(Result.NOT_SENT, provider_text="BitPay was not reached.")
    except BitPayError as refused:
        return mapping.refused(refused)
    except (Unreadable, http.NoAnswer) as lost:
        return Outcome(Result.UNKNOWN, provider_text=str(lost)[:300])


def _asked(call: Callable[[], Outcome]) -> Outcome:
    """A question: without an answer nothing is known, and what BitPay never heard of never came."""
    try:
        return call()
    except BitPayError as refused:
        if refused.is_not_found:
            return Outcome(Result.NOT_SENT, provider_text="BitPay knows nothing of it.")
        return Outcome(Result.UNKNOWN, provider_code=refused.code, provider_text=refused.said[:300])
    except (Unreadable, http.NotSent, http.NoAnswer) as lost:
        return Outcome(Result.UNKNOWN, provider_text=str(lost)[:300])


def _by_guid(what: str, ref: Ref) -> str:
    return f"{what}/guid/{quote(ref.reference, safe='')}"


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID and value.isprintable()
