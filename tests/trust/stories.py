"""Charges to be judged, and limits agreed by two people."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from foundation import clock
from foundation.approvals.models import Approval
from foundation.approvals.services import approve, request_approval
from foundation.ids import named_id, uuid7
from foundation.money import Money
from tests.cast import HOUSE, actor, platform, staff
from trust.judging import judge
from trust.types import Act, Judged, Judgement, Limit, Subject, Verdict

NOON = datetime.fromisoformat("2026-11-21T12:00:00+00:00")


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def charge(minor: int = 1_000, **changes: Any) -> Judged:
    """Sam pays Maya, in dollars unless told otherwise."""
    told: dict[str, Any] = {
        "act": Act.CHARGE, "payment_id": uuid7(), "platform_id": named_id("platform"), "fan_id": named_id("sam"),
        "creator_id": named_id("maya"), "amount": usd(minor), **changes,
    }  # fmt: skip
    return Judged(**told)


def limit(name: str = "fan-hour", **changes: Any) -> Limit:
    told: dict[str, Any] = {
        "version": 1, "act": Act.CHARGE, "subject": Subject.FAN, "verdict": Verdict.REFUSE,
        "active_from": NOON - timedelta(days=1), "window_seconds": 3600, **changes,
    }  # fmt: skip
    return Limit(name=name, **told)


def judged_here(
    minor: int = 1_000, *, at: datetime | None = None, fan: UUID | None = None, **changes: Any
) -> Judgement:
    """Judged on BoyFanz by the limits of the house, and committed."""
    here = {"platform_id": platform().pk, "fan_id": fan or named_id("sam"), **changes}
    with transaction.atomic():
        return judge(charge(minor, **here), by=HOUSE, at=at or clock.now())


def wish(**changes: Any) -> dict[str, Any]:
    return {
        "name": "fan-hour", "act": "charge", "subject": "fan", "platform_id": "", "currency": "",
        "window_seconds": 3600, "most_count": 2, "most_minor": -1, "verdict": "refuse", "is_strict": False,
        "active_from": "", **changes,
    }  # fmt: skip


def ask_for(by: str = "fred", **changes: Any) -> Approval:
    return request_approval(
        kind="trust.limits", payload=wish(**changes), reason="Seen in the numbers", by=actor(staff(by)), at=clock.now()
    )


def agree(asked: Approval, by: str = "petra") -> Approval:
    return approve(
        approval_id=asked.pk, seen_hash=asked.change_hash, reason="Right", by=actor(staff(by)), at=clock.now()
    )


def agreed(**changes: Any) -> Approval:
    return agree(ask_for(**changes))
