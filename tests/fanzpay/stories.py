"""Requests of a platform's program."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.test import Client

from tests.cast import bearer
from tests.fanzpay.till import APPROVED


def body(**changes: Any) -> dict[str, Any]:
    """Sam buys something of Maya for 12.99 dollars."""
    told = {
        "reference": f"order-{uuid4().hex[:12]}", "fan": "sam", "creator": "maya", "product": "ppv",
        "amount_minor": 1_299, "currency": "USD", "method": "card", "token": APPROVED, **changes,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value is not None}


def post(  # type: ignore[no-untyped-def]
    path: str, data: Any = None, *, key: str | None = "", slug: str = "boyfanz", scopes: tuple[str, ...] = (),
    token: dict[str, str] | None = None,
):  # fmt: skip
    """One POST under a key of its own; under no key at all for None."""
    headers = (token or bearer(slug, *scopes)) | ({} if key is None else {"Idempotency-Key": key or uuid4().hex})
    sent = {} if data is None else data
    return Client(headers=headers).post(f"/api/v1/{path}", sent, content_type="application/json")


def get(path: str, slug: str = "boyfanz", **query: Any):  # type: ignore[no-untyped-def]
    return Client(headers=bearer(slug)).get(f"/api/v1/{path}", query)


def paid(**changes: Any) -> dict[str, Any]:
    """A payment that was taken."""
    answer = post("payments", body(**changes))
    assert (answer.status_code, answer.json().get("state")) == (201, "CAPTURED"), answer.content
    return answer.json()
