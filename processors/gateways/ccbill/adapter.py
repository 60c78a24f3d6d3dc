"""The one interface of all providers, spoken to CCBill."""

from __future__ import annotations

from collections.abc import Sequence

from processors.gateways.ccbill import charging, forms, managing, webhooks
from processors.gateways.ccbill.values import NUMERIC
from processors.gateways.types import (
    Capabilities,
    ChargeRequest,
    Checked,
    Merchant,
    Method,
    Operation,
    Outcome,
    ProviderEvent,
    Ref,
    RefundRequest,
    Reply,
    Webhook,
    WebhookTrust,
)


class CCBill:
    capabilities = Capabilities(
        provider="ccbill",
        operations=frozenset(Operation),
        methods=frozenset({Method.CARD}),
        currencies=frozenset(NUMERIC),
        webhook_trust=WebhookTrust.DIGEST_PARTIAL,
        is_idempotent=False,
        settles_after_days=7,
        least_minor={currency: 0 if currency == "JPY" else 295 for currency in NUMERIC},
        assumed=(
            "refundTransaction takes an amount and then refunds only a part",
            "voidTransaction exists and undoes a whole sale before it settles",
            "refundTransaction and voidTransaction take a subscription's number for its latest charge",
            "the meaning of each declineCode",
            "the form returns to the address in returnUrl",
            "a report names amounts in the currency of the sale, and every type has the columns of REBILL",
            "the clock of webhooks and reports is Arizona's",
            "a webhook of a refund, void, chargeback or return names the transaction it takes back",
            "a charge shows in the list of its token within three minutes of being sent",
            "money arrives seven days after a sale",
            "a refund counted by DataLink that nobody told of is the one whose answer was lost",
        ),
    )

    def charge(self, merchant: Merchant, request: ChargeRequest) -> Outcome:
        """Charge a payment token; without one the buyer goes to the hosted form."""
        return charging.charge(merchant, request) if request.token else forms.redirect(merchant, request)

    def refund(self, merchant: Merchant, request: RefundRequest) -> Outcome:
        return managing.refund(merchant, request)

    def void(self, merchant: Merchant, charge: Ref, reference: str) -> Outcome:
        return managing.void(merchant, charge, reference)

    def cancel_rebill(self, merchant: Merchant, subscription_ref: str) -> Outcome:
        return managing.cancel(merchant, subscription_ref)

    def charge_status(self, merchant: Merchant, charge: Ref) -> Outcome:
        return charging.status(merchant, charge)

    def refund_status(self, merchant: Merchant, refund: Ref, charge: Ref) -> Outcome:
        return managing.refund_status(merchant, refund, charge)

    def confirm(self, merchant: Merchant, event: ProviderEvent, charge: Ref) -> Outcome:
        return managing.confirm(merchant, event, charge)

    def check(self, merchant: Merchant, webhook: Webhook) -> Checked:
        return webhooks.check(merchant, webhook)

    def parse(self, merchant: Merchant, webhook: Webhook) -> Sequence[ProviderEvent]:
        return webhooks.parse(merchant, webhook)

    def reply(self, *, is_taken: bool) -> Reply:
        return Reply(status=200 if is_taken else 503)
