"""A provider inside the test: it does what the token says, and remembers every charge and refund it was sent."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Any

from foundation.money import Money
from processors.gateways.types import (
    Capabilities,
    ChargeRequest,
    Code,
    Merchant,
    Method,
    NextAction,
    Operation,
    Outcome,
    Ref,
    RefundRequest,
    Result,
    SavedInstrument,
    WebhookTrust,
)

NAME = "till"
APPROVED, DECLINED, PENDING = "tok_approved", "tok_declined", "tok_pending"
LOST, NEVER, SLOW, SAVED = "tok_lost", "tok_never", "tok_slow", "tok_saved"


class Till:
    """Approves, declines, loses its answer or takes its time."""

    capabilities = Capabilities(
        provider=NAME,
        operations=frozenset(Operation),
        methods=frozenset(Method),
        currencies=frozenset({"USD", "EUR", "BTC"}),
        webhook_trust=WebhookTrust.NONE,
        is_idempotent=False,
        settles_after_days=2,
    )

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.charges: dict[str, Money] = {}
        self.refunds: dict[str, Money] = {}
        self.calls: Counter[str] = Counter()

    def charge(self, merchant: Merchant, request: ChargeRequest) -> Outcome:
        with self._lock:
            self.calls["charge"] += 1
        if request.coin:
            action = NextAction("pay_to_address", fields={"address": "bc1qexample", "amount": "0.0001"})
            return self._said(request, Result.ACTION_REQUIRED, action=action)
        match request.token:
            case "tok_declined":
                return self._said(request, Result.DECLINED, code=Code.INSUFFICIENT_FUNDS)
            case "tok_pending":
                return self._said(request, Result.PENDING)
            case "tok_never":
                return Outcome(Result.NOT_SENT)
            case "tok_slow":
                time.sleep(0.5)
            case "tok_lost":
                self._take(request)
                return Outcome(Result.UNKNOWN)
        self._take(request)
        again = request.token if request.token.startswith("again_") else f"again_{request.reference}"
        saved = SavedInstrument(again, "visa", "", "4242", "1230", "fp-1")
        return self._said(request, Result.APPROVED, amount=request.amount, instrument=saved)

    def refund(self, merchant: Merchant, request: RefundRequest) -> Outcome:
        with self._lock:
            self.calls["refund"] += 1
            self.refunds[request.reference] = request.amount
        return Outcome(Result.APPROVED, provider_ref=f"r-{request.reference}", amount=request.amount)

    def void(self, merchant: Merchant, charge: Ref, reference: str) -> Outcome:
        with self._lock:
            self.calls["void"] += 1
        return Outcome(Result.APPROVED, provider_ref=f"v-{reference}", amount=charge.amount)

    def cancel_rebill(self, merchant: Merchant, subscription_ref: str) -> Outcome:
        return Outcome(Result.APPROVED)

    def charge_status(self, merchant: Merchant, charge: Ref) -> Outcome:
        taken = self.charges.get(charge.reference)
        if taken is None:
            return Outcome(Result.NOT_SENT)
        return Outcome(Result.APPROVED, provider_ref=f"p-{charge.reference}", amount=taken)

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"nobody in these stories asks the till for {name}")

    def _take(self, request: ChargeRequest) -> None:
        with self._lock:
            self.charges[request.reference] = request.amount

    def _said(self, request: ChargeRequest, result: Result, **more: Any) -> Outcome:
        return Outcome(result, provider_ref=f"p-{request.reference}", reference=request.reference, **more)
