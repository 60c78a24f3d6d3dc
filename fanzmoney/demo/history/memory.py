"""The played providers forget what they sold when they stop; what we know of it is told to them again."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings

from foundation.http.amounts import plain_amount
from processors.gateways.ccbill.values import numeric
from processors.payments.models import Attempt

AT_ONCE, TRIES, PAUSE_SECONDS = 2_000, 20, 0.5
COIN = "BTC"
"""Of an invoice whose buyer chose the coin on BitPay's own page."""
log = structlog.get_logger("fanz.demo")


def remind(*, day: date | None = None, creator_id: UUID | None = None) -> int:
    """Tell each of the sales that can still be given back; all of them, or those of a day or creator. Returns how many.

    Without a sandbox nothing happens; one that does not answer is only noted, and its refunds are refused there.
    """
    if not settings.IS_DEMO or not settings.SANDBOX_URL:
        return 0
    return sum(
        _tell(provider, [told(attempt) for attempt in _sold(provider, day, creator_id) if attempt.payment.refundable])
        for provider, told in (("ccbill", _sale), ("bitpay", _invoice))
    )


def _sold(provider: str, day: date | None, creator_id: UUID | None) -> Iterable[Attempt]:
    taken = Attempt.objects.filter(provider=provider, result="approved", payment__state="CAPTURED")
    if day:
        taken = taken.filter(payment__created_at__date=day)
    if creator_id:
        taken = taken.filter(payment__creator_id=creator_id)
    return taken.exclude(provider_ref="").select_related("payment").order_by("created_at")


def _sale(attempt: Attempt) -> list[object]:
    left = attempt.payment.refundable
    return [attempt.provider_ref, plain_amount(left), numeric(left.currency), attempt.created_at.isoformat()]


def _invoice(attempt: Attempt) -> list[object]:
    payment = attempt.payment
    return [
        attempt.provider_ref, attempt.reference, plain_amount(payment.amount),
        plain_amount(payment.amount - payment.refundable), payment.currency, payment.coin or COIN,
        attempt.created_at.isoformat(),
    ]  # fmt: skip


def open_reports() -> None:
    """The played CCBill reports as often as it is asked, so that what banks take back is true within seconds."""
    if settings.IS_DEMO and settings.SANDBOX_URL:
        _order("ccbill/settings", {"report_minutes": 0})


def _tell(provider: str, rows: list[list[object]]) -> int:
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        said: dict[str, Any] = {"sales": some}
        if provider == "bitpay":
            said = {"invoices": some, "notify": f"{settings.PUBLIC_URL}/webhooks/bitpay/"}
        if not _order(f"{provider}/earlier", said):
            return start
    return len(rows)


def _order(what: str, said: dict[str, Any]) -> bool:
    body = json.dumps(said).encode()
    for _ in range(TRIES):
        request = urllib.request.Request(  # noqa: S310 - the sandbox's own address
            f"{settings.SANDBOX_URL}/_sandbox/{what}", data=body, headers={"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10):  # noqa: S310
                return True
        except OSError as error:
            problem = str(error)
            time.sleep(PAUSE_SECONDS)
    log.warning("demo.sandbox_not_reminded", error=problem)
    return False
