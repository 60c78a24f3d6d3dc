"""What DataLink answers: a number for what was done, a state for what was asked, lines for a day."""

from __future__ import annotations

import csv
import io
import re
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from foundation.errors import Invalid
from processors.gateways import http
from processors.gateways.ccbill import client
from processors.gateways.ccbill.values import zone
from processors.gateways.types import Merchant

_ELEMENT = re.compile(r"<(\w{1,40})>([^<>]{0,200})</\1>")
_WHOLE = re.compile(r"-?\d{1,6}")
REPORT_EVERY_SECONDS: Final = 3_600
HALF_A_WINDOW: Final = timedelta(hours=12)
TYPES: Final = "NEW,REBILL,REFUND,VOID,CHARGEBACK,RETURN,EXPIRE"


def result(answer: http.Answer) -> int | None:
    """The number of an answer; None when there is none to read."""
    if answer.status != 200:
        return None
    found = dict(_ELEMENT.findall(answer.body.decode("utf-8", "replace"))).get("results", "").strip()
    return int(found) if _WHOLE.fullmatch(found) else None


@dataclass(frozen=True, slots=True)
class Standing:
    """A subscription as DataLink sees it. Each sale is one, also what is paid once."""

    status: int
    refunds: int
    voids: int
    chargebacks: int
    rebills: int
    is_cancelled: bool


def standing(answer: http.Answer) -> Standing | int | None:
    """The state of a subscription, the number of a refusal, or None for what cannot be read."""
    if answer.status != 200:
        return None
    found = dict(_ELEMENT.findall(answer.body.decode("utf-8", "replace")))
    if "subscriptionStatus" not in found:
        return result(answer)
    counts = [
        found.get(name, "0") or "0"
        for name in ("subscriptionStatus", "refundsIssued", "voidsIssued", "chargebacksIssued", "timesRebilled")
    ]
    if not all(_WHOLE.fullmatch(count) for count in counts):
        return None
    status, refunds, voids, chargebacks, rebills = map(int, counts)
    return Standing(status, refunds, voids, chargebacks, rebills, bool(found.get("cancelDate", "").strip()))


@dataclass(frozen=True, slots=True)
class Line:
    """One movement of a report. It names no reference of ours."""

    type: str
    account: str
    subscription_ref: str
    day: str
    transaction_ref: str
    amount: str


def read_report(text: str) -> list[Line]:
    """The lines of a report; Invalid for a report that is none."""
    if not text.strip():
        return []
    if text.lstrip().lower().startswith("error") or text.strip() in ("1", "0"):
        raise Invalid("ccbill.no_report", "CCBill gave no report.", said=text.strip()[:200])
    lines = []
    try:
        for row in csv.reader(io.StringIO(text), strict=True):
            if len(row) < 5 or not row[0].isupper():
                raise Invalid("ccbill.no_report", "A line of the report cannot be read.")
            kind, account, _, subscription, day, *more = (part.strip() for part in row)
            transaction, amount = (*more, "", "")[:2]
            lines.append(Line(kind, account, subscription, day, transaction, amount))
    except csv.Error as error:
        raise Invalid("ccbill.no_report", "A line of the report cannot be read.") from error
    return lines


class Reports:
    """The last report of each account: CCBill gives one an hour, so all questions share it."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[float, list[Line]]] = {}
        self._lock = threading.Lock()

    def line(self, merchant: Merchant, types: frozenset[str], numbers: frozenset[str], at: datetime) -> Line | None:
        """The movement of one of these types that names one of these numbers, around this time; None: not seen yet."""
        with self._lock:
            asked_at, lines = self._held.get(merchant.slug, (float("-inf"), []))
            if found := _among(lines, types, numbers):
                return found
            if time.monotonic() - asked_at < merchant.settings.get("report_every_seconds", REPORT_EVERY_SECONDS):
                return None
            lines = _fetched(merchant, at)
            self._held[merchant.slug] = time.monotonic(), lines
            return _among(lines, types, numbers)

    def forget(self) -> None:
        self._held.clear()


def _among(lines: list[Line], types: frozenset[str], numbers: frozenset[str]) -> Line | None:
    return next(
        (
            line
            for line in lines
            if line.type in types and not numbers.isdisjoint({line.transaction_ref, line.subscription_ref} - {""})
        ),
        None,
    )


def _fetched(merchant: Merchant, at: datetime) -> list[Line]:
    local = at.astimezone(zone(merchant))
    start, end = (f"{moment:%Y%m%d%H%M%S}" for moment in (local - HALF_A_WINDOW, local + HALF_A_WINDOW))
    try:
        answer = client.report(merchant, start, end, TYPES)
        return read_report(answer.body.decode("utf-8", "replace")) if answer.status == 200 else []
    except (http.NotSent, http.NoAnswer, Invalid):
        return []
