"""What fits together, by operation: bodies and queries that mean something to the house."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

from django.utils import timezone
from PIL import Image

from fanzmoney.trials.fuzzing.asking import WHO, chance, known, listed
from foundation.identity.models import Membership, User
from payouts.methods.models import PayoutMethodCode
from payouts.methods.selectors import code_of


def buy() -> dict[str, Any]:
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


def picture() -> bytes:
    """A small one, each time another."""
    held = BytesIO()
    Image.new("RGB", (8, 8), (chance.randrange(256), chance.randrange(256), chance.randrange(256))).save(held, "PNG")
    return held.getvalue()


def about() -> dict[str, Any]:
    """The payout that a document is about."""
    return {"about": "payout", "id": known("/api/v1/payouts", "id")}


def _method_id() -> str:
    """One that may be paid to, if there is."""
    held = listed("/api/v1/payout-methods").fresh()
    good = [item for item in held if item["state"] in ("ACTIVE", "COOLING")]
    return str(chance.choice(good or held)["id"]) if held else ""


def _handoff() -> dict[str, Any]:
    inside = Membership.objects.filter(role="creator", party__user__isnull=False).first()
    return {"role": "creator", "external_id": inside.external_id if inside else ""}


def member() -> dict[str, Any]:
    name = uuid4().hex
    return {"external_id": name, "handle": name, "email": f"{name}@trial.example"}


def proof(item: dict[str, Any]) -> dict[str, Any]:
    sent = PayoutMethodCode.objects.filter(method_id=item.get("id"), used_at=None).order_by("-id").first()
    return {"code": code_of(sent.pk) if sent else "000000"}


def role(_: dict[str, Any]) -> dict[str, Any]:
    someone = chance.choice(list(User.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True)))
    role = chance.choice(["finance", "support", "auditor", "legal", "moderator"])
    return {"kind": "role.grant", "payload": {"user_id": str(someone), "role": role}, "reason": "A trial."}


def creator_id() -> str:
    return str(chance.choice(list(Membership.objects.filter(role="creator").values_list("party_id", flat=True))))


def method() -> dict[str, Any]:
    return {"rail": "paxum", "currency": "USD", "details": {"email": f"{uuid4().hex}@paxum.example"}}


def amount() -> dict[str, Any]:
    return {"amount_minor": chance.randint(2_000, 6_000), "currency": "USD"}


def _refund() -> dict[str, Any]:
    return {"payment_id": known("/api/v1/payments", "id"), "amount_minor": 100, "currency": "USD", "reason": "A trial."}


def crypto() -> dict[str, Any]:
    said = buy()
    return {name: said[name] for name in said if name != "token"} | {
        "product": "tip",
        "method": "crypto",
        "coin": "BTC",
    }


def escalation() -> dict[str, Any]:
    return {"creator_id": creator_id(), "type": "AML_FLAG", "severity": "LOW", "description": "A trial."}


REASON = {"reason": "A trial."}
HOOK = {"url": "https://trial.example/hook", "topics": ["txn.capture"], "name": "A trial"}
# What fits together, by operation; a function gets the item that stands in the path.
WISHES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "POST /api/v1/approvals": role,
    "POST /api/v1/approvals/{approval_id}/approve": lambda item: {"change_hash": item.get("change_hash"), **REASON},
    "POST /api/v1/approvals/{approval_id}/reject": lambda item: {"change_hash": item.get("change_hash"), **REASON},
    "POST /api/v1/approvals/{approval_id}/withdraw": lambda _: REASON,
    "POST /api/v1/content": lambda _: _many(_content),
    "POST /api/v1/content-accesses": lambda _: _many(_content_access),
    "POST /api/v1/content-actions": lambda _: _many(_content_action),
    "POST /api/v1/creators": lambda _: _many(member, "members"),
    "POST /api/v1/fans": lambda _: _many(member, "members"),
    "POST /api/v1/escalations": lambda _: escalation(),
    "POST /api/v1/escalations/{escalation_id}/actions": lambda _: {"action": "NOTED", "notes": "A trial."},
    "POST /api/v1/escalations/{escalation_id}/resolution": lambda item: {
        "decision": "FALSE_ALARM", "reasoning": "A trial.", "version": item.get("version", 1),
    },
    "POST /api/v1/handoffs": lambda _: _handoff(),
    "POST /api/v1/oauth/token": lambda _: {
        "grant_type": "client_credentials", "client_id": WHO["client"][0], "client_secret": WHO["client"][1],
    },
    "POST /api/v1/payments": lambda _: buy() | {"product": "tip", "method": "card"},
    "POST /api/v1/payments/{payment_id}/cancel": lambda _: REASON,
    "POST /api/v1/payments/{payment_id}/void": lambda _: REASON,
    "POST /api/v1/payout-methods": lambda _: method(),
    "POST /api/v1/payout-methods/{method_id}/proof": proof,
    "POST /api/v1/payouts": lambda _: {"amount": amount()},
    "POST /api/v1/payouts/preview": lambda _: {"amount": amount()},
    "POST /api/v1/payouts/{payout_id}/method": lambda _: {"method_id": _method_id()},
    "POST /api/v1/refunds": lambda _: _refund(),
    "POST /api/v1/subscriptions": lambda _: buy() | {"period_days": 30},
    "POST /api/v1/subscriptions/{subscription_id}/cancel": lambda _: REASON,
    "POST /api/v1/realtime/token": lambda _: {},
    "POST /api/v1/webhooks/endpoints": lambda _: HOOK,
    "PATCH /api/v1/webhooks/endpoints/{endpoint_id}": lambda _: {"topics": ["txn.refund"], "name": "Changed"},
    "POST /api/v1/webhooks/endpoints/{endpoint_id}/replay": lambda _: {
        "since": (timezone.now() - timedelta(hours=1)).isoformat(),
    },
}  # fmt: skip


def _days() -> dict[str, Any]:
    return {"currency": "USD", "since": f"{timezone.now():%Y-%m}-01", "until": f"{timezone.now():%Y-%m-%d}"}


def _moments() -> dict[str, Any]:
    now = timezone.now()
    return {"since": (now - timedelta(days=30)).isoformat(), "until": now.isoformat()}


QUERIES: dict[str, Callable[[], dict[str, Any]]] = {
    "POST /api/v1/uploads": about,
    "GET /api/v1/ledger/accounts/{account_id}/statement": _moments,
    "GET /api/v1/ledger/accounts/{account_id}/statement.{form}": _moments,
    "GET /api/v1/instruments": lambda: {"fan": known("/api/v1/fans", "external_id")},
    "GET /api/v1/statements/file.{form}": _days, "GET /api/v1/statements/lines": _days,
}  # fmt: skip
