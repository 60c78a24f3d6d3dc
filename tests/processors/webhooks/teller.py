"""A provider that calls: its calls carry a proof, none, or a false one."""

from __future__ import annotations

import hmac
import json
from hashlib import sha256

from django.test import Client

from foundation.errors import Invalid
from foundation.money import Money
from processors.gateways.types import Checked, EventKind, Outcome, Proof, ProviderEvent, Reply, Result
from processors.webhooks.applying import apply_due, ask_due
from processors.webhooks.models import ProviderTold, WebhookCall
from processors.webhooks.reading import read_calls
from tests.cast import HOUSE
from tests.processors.payments.till import PROVIDER, Till

SALT, OLDER_SALT = b"newest", b"older"


class Teller(Till):
    """What is so stands in its book: `confirms` says it when asked."""

    def __init__(self) -> None:
        super().__init__()
        self.confirms: dict[str, Money] = {}

    def check(self, merchant, webhook) -> Checked:  # type: ignore[no-untyped-def]
        proof = webhook.headers.get("x-proof")
        if proof is None:
            return Checked(Proof.TRIGGER, "carries no proof")
        fits = [hmac.compare_digest(proof, proof_of(webhook.body, salt)) for salt in (SALT, OLDER_SALT)]
        return Checked(Proof.VERIFIED) if any(fits) else Checked(Proof.REJECTED, "false proof")

    def parse(self, merchant, webhook):  # type: ignore[no-untyped-def]
        try:
            said = json.loads(webhook.body)
            return [event_of(one) for one in said["events"]]
        except (ValueError, KeyError, TypeError) as wrong:
            raise Invalid("till.unreadable", "Nobody can read this.") from wrong

    def confirm(self, merchant, event, charge) -> Outcome:  # type: ignore[no-untyped-def]
        self.calls.append("confirm")
        if said := self._said():
            return said
        amount = self.confirms.get(event.key)
        return Outcome(Result.APPROVED, amount=amount) if amount else Outcome(Result.NOT_SENT)

    def reply(self, *, is_taken: bool) -> Reply:
        return Reply(200, b"<ok/>", "text/xml") if is_taken else Reply(503, b"<again/>", "text/xml")


def event_of(said: dict) -> ProviderEvent:  # type: ignore[type-arg]
    minor = said.get("minor")
    return ProviderEvent(
        key=said["key"],
        kind=EventKind(said["kind"]),
        reference=said.get("reference", ""),
        provider_ref=said.get("ref", ""),
        subscription_ref=said.get("subscription", ""),
        amount=None if minor is None else Money(minor, said.get("currency", "USD")),
        reason=said.get("reason", ""),
    )


def proof_of(body: bytes, salt: bytes = SALT) -> str:
    return hmac.new(salt, body, sha256).hexdigest()


def body_of(*events: dict) -> bytes:  # type: ignore[type-arg]
    return json.dumps({"events": list(events)}).encode()


def call(body: bytes, *, proof: str | None = "", provider: str = PROVIDER, **headers: str):  # type: ignore[no-untyped-def]
    """The provider calls; an empty proof is the true one, None is none at all."""
    if proof is not None:
        headers["X-Proof"] = proof or proof_of(body)
    door = Client(raise_request_exception=False)
    return door.post(f"/webhooks/{provider}/", body, content_type="application/json", headers=headers)


def tell(*events: dict, proof: str | None = "") -> None:  # type: ignore[type-arg]
    assert call(body_of(*events), proof=proof).status_code == 200


def work() -> None:
    """Everything that is due is read, applied and asked about."""
    while read_calls() or apply_due(by=HOUSE) or ask_due(by=HOUSE):
        pass


def the_call() -> WebhookCall:
    return WebhookCall.objects.get()


def told_states() -> dict[str, str]:
    """State by key, of what was proved or claimed."""
    return {told.event_key: told.state for told in ProviderTold.objects.order_by("id")}
