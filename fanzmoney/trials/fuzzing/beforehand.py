"""What is made before a case that acts on it: to cancel a payout, one has to be asked for."""

from __future__ import annotations

from collections.abc import Callable

import requests

from fanzmoney.trials.fuzzing.asking import BASE, PATIENCE_SECONDS, WHO, Item, chance, listed, post
from fanzmoney.trials.fuzzing.wishes import (
    HOOK,
    about,
    amount,
    buy,
    crypto,
    escalation,
    member,
    method,
    picture,
    proof,
    role,
)

ENDPOINTS, METHODS = "/api/v1/webhooks/endpoints", "/api/v1/payout-methods"
FEW = 5  # a platform may hold ten


def _endpoint() -> Item:
    held = listed(ENDPOINTS).fresh()
    return chance.choice(held) if len(held) >= FEW else post(ENDPOINTS, HOOK)


def _endpoint_that_is_on() -> Item:
    one = _endpoint()
    if one:
        post(f"{ENDPOINTS}/{one['id']}/on")
    return one


def _delivery() -> Item:
    one = _endpoint_that_is_on()
    if one:
        post(f"{ENDPOINTS}/{one['id']}/test")
    held = listed("/api/v1/webhooks/deliveries").fresh()
    return chance.choice(held) if held else {}


def _card() -> Item:
    return buy() | {"product": "tip", "method": "card"}


def _instrument() -> Item:
    """The card of a fan who pays; it is saved once the provider said yes."""
    wish = _card()
    post("/api/v1/payments", wish)
    held = listed(f"/api/v1/instruments?fan={wish['fan']}").fresh()
    return chance.choice(held) if held else {}


def _member(kind: str) -> Item:
    made = post(f"/api/v1/{kind}", {"members": [member()]}).get("data")
    return dict(made[0]) if made else {}


def _method() -> Item:
    return post(METHODS, method())


def _proved_method() -> Item:
    """One that this creator has; a code may be tried only so often."""
    held = [item for item in listed(METHODS).fresh() if item["state"] in ("ACTIVE", "COOLING")]
    if held:
        return chance.choice(held)
    made = _method()
    return post(f"{METHODS}/{made['id']}/proof", proof(made)) if made else {}


def _payout() -> Item:
    _proved_method()
    return post("/api/v1/payouts", {"amount": amount()})


def _document() -> Item:
    asked = f"{BASE}/api/v1/uploads"
    headers = WHO["headers"] | {"Content-Type": "image/png"}
    sent = requests.post(asked, params=about(), data=picture(), headers=headers, timeout=PATIENCE_SECONDS)
    return dict(sent.json()) if sent.ok else {}


def _taken_escalation() -> Item:
    made = post("/api/v1/escalations", escalation())
    if made:
        post(f"/api/v1/escalations/{made['id']}/actions", {"action": "TAKEN"})
    held = [item for item in listed("/api/v1/escalations").fresh() if item["id"] == made.get("id")]
    return held[0] if held else made


def _asked_by_another() -> Item:
    return post("/api/v1/approvals", role({}), WHO["colleague"])


BEFORE: dict[str, Callable[[], Item]] = {
    "POST /api/v1/approvals/{approval_id}/approve": _asked_by_another,
    "POST /api/v1/approvals/{approval_id}/reject": _asked_by_another,
    "POST /api/v1/approvals/{approval_id}/withdraw": lambda: post("/api/v1/approvals", role({})),
    "POST /api/v1/creators/{external_id}/invitation": lambda: _member("creators"),
    "POST /api/v1/fans/{external_id}/invitation": lambda: _member("fans"),
    "POST /api/v1/escalations/{escalation_id}/actions": lambda: post("/api/v1/escalations", escalation()),
    "POST /api/v1/escalations/{escalation_id}/resolution": _taken_escalation,
    "GET /api/v1/escalations/{escalation_id}/actions": lambda: post("/api/v1/escalations", escalation()),
    "DELETE /api/v1/instruments/{instrument_id}": _instrument,
    "POST /api/v1/payments/{payment_id}/cancel": lambda: post("/api/v1/payments", crypto()),
    "POST /api/v1/payments/{payment_id}/void": lambda: post("/api/v1/payments", _card()),
    "POST /api/v1/refunds": lambda: post("/api/v1/payments", _card()),
    "DELETE /api/v1/payout-methods/{method_id}": _method,
    "POST /api/v1/payout-methods/{method_id}/code": _method,
    "POST /api/v1/payout-methods/{method_id}/disowned": _method,
    "POST /api/v1/payout-methods/{method_id}/proof": _method,
    "POST /api/v1/payout-methods/{method_id}/preferred": _proved_method,
    "POST /api/v1/payouts/{payout_id}/cancel": _payout,
    "POST /api/v1/payouts/{payout_id}/method": _payout,
    "GET /api/v1/uploads/{upload_id}": _document,
    "GET /api/v1/uploads/{upload_id}/content": _document,
    "POST /api/v1/subscriptions/{subscription_id}/cancel": lambda: post(
        "/api/v1/subscriptions", buy() | {"period_days": 30}
    ),
    "POST /api/v1/webhooks/deliveries/{delivery_id}/replay": _delivery,
    "GET /api/v1/webhooks/deliveries/{delivery_id}": _delivery,
    "POST /api/v1/webhooks/endpoints/{endpoint_id}/test": _endpoint_that_is_on,
    **{
        f"{verb} /api/v1/webhooks/endpoints/{{endpoint_id}}{act}": _endpoint
        for verb, act in (
            ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/off"), ("POST", "/on"), ("POST", "/replay"),
            ("POST", "/secret"),
        )
    },
}  # fmt: skip
