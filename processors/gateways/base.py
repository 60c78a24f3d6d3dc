"""What every adapter offers. An adapter that lacks an operation leaves it out of its capabilities; the core asks them
first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from foundation.registry import Registry
from processors.gateways.types import (
    Capabilities,
    ChargeRequest,
    Checked,
    Merchant,
    Outcome,
    ProviderEvent,
    Ref,
    RefundRequest,
    Reply,
    Webhook,
)


class Gateway(Protocol):
    capabilities: Capabilities

    def charge(self, merchant: Merchant, request: ChargeRequest) -> Outcome:
        """Charge a token, or begin what the buyer finishes elsewhere (ACTION_REQUIRED)."""
        ...

    def refund(self, merchant: Merchant, request: RefundRequest) -> Outcome: ...

    def void(self, merchant: Merchant, charge: Ref, reference: str) -> Outcome: ...

    def cancel_rebill(self, merchant: Merchant, subscription_ref: str) -> Outcome: ...

    def charge_status(self, merchant: Merchant, charge: Ref) -> Outcome:
        """What became of a charge. NOT_SENT: the provider is certain that it never came; UNKNOWN: it cannot say."""
        ...

    def refund_status(self, merchant: Merchant, refund: Ref, charge: Ref) -> Outcome: ...

    def confirm(self, merchant: Merchant, event: ProviderEvent, charge: Ref) -> Outcome:
        """Whether what an unprovable call told is so. APPROVED: it is, with the amount the provider names; NOT_SENT: it
        knows nothing of it; UNKNOWN: it cannot say."""
        ...

    def check(self, merchant: Merchant, webhook: Webhook) -> Checked: ...

    def parse(self, merchant: Merchant, webhook: Webhook) -> Sequence[ProviderEvent]:
        """What it tells. Invalid for what cannot be read."""
        ...

    def reply(self, *, is_taken: bool) -> Reply: ...


gateways: Registry[Gateway] = Registry("gateway")
