"""More hooks of the fuzzer: ids that exist, wishes that fit together, and a note of every answer."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import requests
import schemathesis
from django.utils import timezone

from fanzmoney.trials.fuzzing.calls import CALLER, note
from fanzmoney.trials.fuzzing.inside import shown_in
from foundation.identity.models import Membership, User
from payouts.methods.models import PayoutMethodCode
from payouts.methods.selectors import code_of

Case = schemathesis.Case[Any]
WHO = json.loads(os.environ[CALLER])
BASE, NOTES = WHO["base"], Path(WHO["notes"])
chance = Random(WHO["seed"])  # noqa: S311
FRESH_FOR = 40  # cases: what exists changes with what is asked
LISTED_IN = {
    "/api/v1/ledger/journals/": "/api/v1/ledger/transfers", "/api/v1/creators/": "/api/v1/creators",
}  # fmt: skip


class Listed:
    """What this caller is shown in a list, read again now and then."""

    def __init__(self, path: str) -> None:
        self.path, self.asked = path, 0
        self.items: list[dict[str, Any]] = []

    def any(self) -> dict[str, Any] | None:
        if self.asked % FRESH_FOR == 0:
            answer = requests.get(f"{BASE}{self.path}", headers=WHO["headers"], timeout=20)
            self.items = answer.json().get("data", []) if answer.ok else []
        self.asked += 1
        return chance.choice(self.items) if self.items else None


@cache
def listed(path: str) -> Listed:
    return Listed(path)


def known(path: str, name: str) -> Any:
    """One value of this field in that list."""
    item = listed(path).any()
    return item.get(name) if item else None


def _buy() -> dict[str, Any]:
    return {
        "reference": uuid4().hex, "fan": known("/api/v1/fans", "external_id"),
        "creator": known("/api/v1/creators", "external_id"), "amount_minor": chance.randint(300, 4_000),
        "currency": "USD", "token": f"testtokenapproved{uuid4().hex[:12]}", "device": uuid4().hex,
    }  # fmt: skip


def _many(wish: Callable[[], dict[str, Any]], name: str = "items") -> dict[str, Any]:
    return {name: [wish() for _ in range(chance.randint(1, 3))]}


def _content() -> dict[str, Any]:
    return {"external_id": uuid4().hex, "creator": known("/api/v1/creators", "external_id"), "kind": "video"}


def _content_access() -> dict[str, Any]:
    fan, content = known("/api/v1/fans", "external_id"), known("/api/v1/content", "external_id")
    return {"external_id": uuid4().hex, "content": content, "fan": fan}


def _content_action() -> dict[str, Any]:
    fan, content = known("/api/v1/fans", "external_id"), known("/api/v1/content", "external_id")
    now = timezone.now().isoformat()
    return {"external_id": uuid4().hex, "content": content, "act": "viewed", "by_kind": "fan", "by": fan, "at": now}


def _member() -> dict[str, Any]:
    return {"external_id": uuid4().hex, "handle": uuid4().hex}


def _proof(item: dict[str, Any]) -> dict[str, Any]:
    sent = PayoutMethodCode.objects.filter(method_id=item.get("id"), used_at=None).order_by("-id").first()
    return {"code": code_of(sent.pk) if sent else "000000"}


def _role(_: dict[str, Any]) -> dict[str, Any]:
    someone = chance.choice(list(User.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True)))
    role = chance.choice(["finance", "support", "auditor", "legal", "moderator"])
    return {"kind": "role.grant", "payload": {"user_id": str(someone), "role": role}, "reason": "A trial."}


def _creator_id() -> str:
    return str(chance.choice(list(Membership.objects.filter(role="creator").values_list("party_id", flat=True))))


def _method() -> dict[str, Any]:
    return {"rail": "paxum", "currency": "USD", "details": {"email": f"{uuid4().hex}@paxum.example"}}


def _amount() -> dict[str, Any]:
    return {"amount_minor": chance.randint(2_000, 6_000), "currency": "USD"}


def _refund() -> dict[str, Any]:
    return {"payment_id": known("/api/v1/payments", "id"), "amount_minor": 100, "currency": "USD", "reason": "A trial."}


REASON = {"reason": "A trial."}
# What fits together, by operation; a function gets the item that stands in the path.
WISHES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "POST /api/v1/approvals": _role,
    "POST /api/v1/approvals/{approval_id}/approve": lambda item: {"change_hash": item.get("change_hash"), **REASON},
    "POST /api/v1/approvals/{approval_id}/reject": lambda item: {"change_hash": item.get("change_hash"), **REASON},
    "POST /api/v1/approvals/{approval_id}/withdraw": lambda _: REASON,
    "POST /api/v1/content": lambda _: _many(_content),
    "POST /api/v1/content-accesses": lambda _: _many(_content_access),
    "POST /api/v1/content-actions": lambda _: _many(_content_action),
    "POST /api/v1/creators": lambda _: _many(_member, "members"),
    "POST /api/v1/fans": lambda _: _many(_member, "members"),
    "POST /api/v1/escalations": lambda _: {
        "creator_id": _creator_id(), "type": "AML_FLAG", "severity": "LOW", "description": "A trial.",
    },
    "POST /api/v1/escalations/{escalation_id}/actions": lambda _: {"action": "NOTED", "notes": "A trial."},
    "POST /api/v1/escalations/{escalation_id}/resolution": lambda item: {
        "decision": "FALSE_ALARM", "reasoning": "A trial.", "version": item.get("version", 1),
    },
    "POST /api/v1/oauth/token": lambda _: {
        "grant_type": "client_credentials", "client_id": WHO["client"][0], "client_secret": WHO["client"][1],
    },
    "POST /api/v1/payments": lambda _: _buy() | {"product": "tip", "method": "card"},
    "POST /api/v1/payments/{payment_id}/cancel": lambda _: REASON,
    "POST /api/v1/payments/{payment_id}/void": lambda _: REASON,
    "POST /api/v1/payout-methods": lambda _: _method(),
    "POST /api/v1/payout-methods/{method_id}/proof": _proof,
    "POST /api/v1/payouts": lambda _: {"amount": _amount()},
    "POST /api/v1/payouts/preview": lambda _: {"amount": _amount()},
    "POST /api/v1/payouts/{payout_id}/method": lambda _: {"method_id": known("/api/v1/payout-methods", "id")},
    "POST /api/v1/refunds": lambda _: _refund(),
    "POST /api/v1/subscriptions": lambda _: _buy() | {"period_days": 30},
    "POST /api/v1/subscriptions/{subscription_id}/cancel": lambda _: REASON,
}  # fmt: skip


def _days() -> dict[str, Any]:
    return {"currency": "USD", "since": f"{timezone.now():%Y-%m}-01", "until": f"{timezone.now():%Y-%m-%d}"}


QUERIES: dict[str, Callable[[], dict[str, Any]]] = {
    "GET /api/v1/statements/file.{form}": _days, "GET /api/v1/statements/lines": _days,
}  # fmt: skip


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """Half of what was meant to be good becomes good."""
    if not _is_meant_to_be_good(case) or chance.random() < 0.5:
        return
    label, item = case.operation.label, {}
    if "{" in case.operation.path:
        item = _fill_path(case)
    if label in QUERIES:
        case.query = QUERIES[label]()
    if label in WISHES:
        case.body = WISHES[label](item)
        if any(value is None for value in case.body.values()):
            case.body = {name: value for name, value in case.body.items() if value is not None}
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = uuid4().hex


def _is_meant_to_be_good(case: Case) -> bool:
    parts: Iterable[Any] = case.meta.components.values() if case.meta else ()
    return case.meta is not None and all(part.mode.is_positive for part in parts)


def _fill_path(case: Case) -> dict[str, Any]:
    """Put an id into the path that this caller finds in the list above it."""
    start, _, rest = case.operation.path.partition("{")
    name = rest.partition("}")[0]
    item = listed(LISTED_IN.get(start, start.rstrip("/"))).any() or {}
    value = item.get(name, item.get("external_id") if name == "external_id" else item.get("id"))
    if value is not None and start.endswith("/"):
        case.path_parameters = {**case.path_parameters, name: quote(str(value), safe="")}
    if "form" in case.path_parameters:
        case.path_parameters = {**case.path_parameters, "form": "csv"}
    return item


@schemathesis.hook
def after_call(context: schemathesis.HookContext, case: Case, response: schemathesis.Response) -> None:
    told = {name.lower(): ", ".join(values) for name, values in response.headers.items()}
    shown = shown_in(response.content.decode(errors="replace"), told)
    code = ""
    if told.get("content-type", "").startswith("application/problem+json"):
        code = json.loads(response.content).get("code", "")
    note(NOTES, operation=case.operation.label, status=response.status_code, code=code, shown=shown)
