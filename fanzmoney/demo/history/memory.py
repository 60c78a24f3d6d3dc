"""The played CCBill forgets its sales when it stops; what we know of them is told to it again."""

from __future__ import annotations

import json
import time
import urllib.request
from datetime import date
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings

from foundation.http.amounts import plain_amount
from processors.gateways.ccbill.values import numeric
from processors.payments.models import Attempt

AT_ONCE, TRIES, PAUSE_SECONDS = 5_000, 20, 0.5
log = structlog.get_logger("fanz.demo")


def remind_ccbill(*, day: date | None = None, creator_id: UUID | None = None) -> int:
    """Tell it of the sales that can still be given back; all of them, or those of a day or creator. Returns how many.

    Without a sandbox nothing happens; one that does not answer is only noted, and its refunds are refused there.
    """
    if not settings.IS_DEMO or not settings.SANDBOX_URL:
        return 0
    taken = Attempt.objects.filter(provider="ccbill", result="approved", payment__state="CAPTURED")
    if day:
        taken = taken.filter(payment__created_at__date=day)
    if creator_id:
        taken = taken.filter(payment__creator_id=creator_id)
    rows = [
        [attempt.provider_ref, plain_amount(left), numeric(left.currency), attempt.created_at.isoformat()]
        for attempt in taken.exclude(provider_ref="").select_related("payment").order_by("created_at")
        if (left := attempt.payment.refundable)
    ]
    for start in range(0, len(rows), AT_ONCE):
        if not _tell(rows[start : start + AT_ONCE]):
            return start
    return len(rows)


def open_reports() -> None:
    """The played CCBill reports as often as it is asked, so that what banks take back is true within seconds."""
    if settings.IS_DEMO and settings.SANDBOX_URL:
        _order("settings", {"report_minutes": 0})


def _tell(rows: list[list[object]]) -> bool:
    return _order("earlier", {"sales": rows})


def _order(what: str, said: dict[str, Any]) -> bool:
    body = json.dumps(said).encode()
    for _ in range(TRIES):
        request = urllib.request.Request(  # noqa: S310 - the sandbox's own address
            f"{settings.SANDBOX_URL}/_sandbox/ccbill/{what}", data=body, headers={"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10):  # noqa: S310
                return True
        except OSError as error:
            problem = str(error)
            time.sleep(PAUSE_SECONDS)
    log.warning("demo.sandbox_not_reminded", error=problem)
    return False
