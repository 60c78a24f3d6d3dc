"""A provider inside the process whose book is a file, so that it outlives whoever is killed."""

from __future__ import annotations

import hmac
import json
import os
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

from foundation.errors import Invalid
from foundation.money import Money
from processors.gateways.types import (
    Capabilities,
    ChargeRequest,
    Checked,
    EventKind,
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

NAME = "trial"
SALT = b"only the two of us know"
# The token says what becomes of the charge.
TAKEN, TAKEN_AND_LOST, LOST, REFUSED, ON_A_PAGE = "tokTaken", "tokTakenLost", "tokLost", "tokRefused", ""


class TrialProvider:
    """Does what the token says, writes it into its book first, and answers what stands there when asked."""

    capabilities = Capabilities(
        provider=NAME, operations=frozenset(Operation) - {Operation.THREEDS}, methods=frozenset(Method),
        currencies=frozenset({"USD"}), webhook_trust=WebhookTrust.SIGNED, is_idempotent=False, settles_after_days=2,
    )  # fmt: skip

    def __init__(self, book: Path) -> None:
        self.book = book
        book.touch()

    def charge(self, merchant: Merchant, request: ChargeRequest) -> Outcome:
        kind = request.token.partition("-")[0]
        if kind == ON_A_PAGE:
            return Outcome(Result.ACTION_REQUIRED, action=NextAction("redirect", url="https://pay.example"))
        if kind == LOST:
            return Outcome(Result.UNKNOWN)
        if kind == REFUSED:
            return Outcome(Result.DECLINED, reference=request.reference)
        self.write("charge", request.reference, request.amount)
        return Outcome(Result.UNKNOWN) if kind == TAKEN_AND_LOST else _taken(request.reference, request.amount)

    def refund(self, merchant: Merchant, request: RefundRequest) -> Outcome:
        self.write("refund", request.reference, request.amount)
        return _taken(request.reference, request.amount)

    def void(self, merchant: Merchant, charge: Ref, reference: str) -> Outcome:
        return Outcome(Result.DECLINED)

    def cancel_rebill(self, merchant: Merchant, subscription_ref: str) -> Outcome:
        return Outcome(Result.APPROVED)

    def charge_status(self, merchant: Merchant, charge: Ref) -> Outcome:
        return self._status("charge", charge)

    def refund_status(self, merchant: Merchant, refund: Ref, charge: Ref) -> Outcome:
        return self._status("refund", refund)

    def confirm(self, merchant: Merchant, event: ProviderEvent, charge: Ref) -> Outcome:
        return Outcome(Result.NOT_SENT)

    def check(self, merchant: Merchant, webhook: Webhook) -> Checked:
        said = webhook.headers.get("x-proof", "")
        return Checked(Proof.VERIFIED if hmac.compare_digest(said, proof_of(webhook.body)) else Proof.REJECTED)

    def parse(self, merchant: Merchant, webhook: Webhook) -> list[ProviderEvent]:
        try:
            said = json.loads(webhook.body)
            return [event_of(said)]
        except (ValueError, KeyError, TypeError) as wrong:
            raise Invalid("trial.unreadable", "Nobody can read this.") from wrong

    def reply(self, *, is_taken: bool) -> Reply:
        return Reply()

    def write(self, what: str, reference: str, amount: Money) -> None:
        line = f"{what} {reference} {amount.minor}\n".encode()
        file = os.open(self.book, os.O_WRONLY | os.O_APPEND)
        os.write(file, line)
        os.close(file)

    def wrote(self, what: str) -> Counter[str]:
        """How often each reference stands in the book."""
        lines = (line.split(" ") for line in self.book.read_text().splitlines())
        return Counter(reference for said, reference, _ in lines if said == what)

    def _status(self, what: str, about: Ref) -> Outcome:
        known = self.wrote(what)[about.reference]
        return _taken(about.reference, about.amount) if known else Outcome(Result.NOT_SENT)


def _taken(reference: str, amount: Money | None) -> Outcome:
    return Outcome(Result.APPROVED, provider_ref=f"t{reference}", reference=reference, amount=amount)


def proof_of(body: bytes) -> str:
    return hmac.new(SALT, body, sha256).hexdigest()


def event_of(said: dict[str, Any]) -> ProviderEvent:
    return ProviderEvent(
        key=said["key"], kind=EventKind(said["kind"]), reference=said["reference"],
        provider_ref=said.get("number", ""), amount=Money(said["minor"], "USD"),
    )  # fmt: skip
