"""What providers told, as the people who look after it see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Min

from foundation import clock
from foundation.errors import NotFound
from foundation.money import Money
from processors.webhooks.models import ProviderTold, WebhookCall
from processors.webhooks.states import CallState, ToldState

STUCK = (ToldState.PARKED, ToldState.DEAD)
MOST_ON_A_PAGE = 200


@dataclass(frozen=True, slots=True)
class ToldLine:
    """One thing a provider told."""

    id: UUID
    provider: str
    kind: str
    key: str
    reference: str
    provider_ref: str
    amount: Money | None
    is_proved: bool
    state: str
    tries: int
    times_told: int
    why: str
    received_at: datetime
    due_at: datetime
    payment_id: UUID | None
    call_id: UUID | None


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call as it came in, without what it said."""

    id: UUID
    provider: str
    state: str
    proof: str
    why: str
    size: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class CallFile:
    """A call with what it told. Its body stays in the database: it may name people."""

    line: CallLine
    address: str | None
    sha256: str
    headers: Mapping[str, Any]
    told: Sequence[ToldLine]


def count_told() -> dict[str, int]:
    """How many wait their turn, are parked, and were given up."""
    waiting = (ToldState.DUE, *STUCK)
    counted = ProviderTold.objects.filter(state__in=waiting).order_by().values_list("state").annotate(n=Count("pk"))
    return dict.fromkeys(map(str, waiting), 0) | dict(counted)


def list_told(*, states: Iterable[str] = STUCK, before: UUID | None = None, limit: int = 50) -> list[ToldLine]:
    """Newest first; what is stuck unless other states are named."""
    rows = ProviderTold.objects.filter(state__in=list(states)).order_by("-id")
    return _told((rows.filter(pk__lt=before) if before else rows)[: min(limit, MOST_ON_A_PAGE)])


def list_calls(*, state: str = "", before: UUID | None = None, limit: int = 50) -> list[CallLine]:
    """Calls of providers, newest first."""
    rows = WebhookCall.objects.defer("body").order_by("-id")
    rows = rows.filter(state=state) if state else rows
    return [_call(row) for row in (rows.filter(pk__lt=before) if before else rows)[: min(limit, MOST_ON_A_PAGE)]]


def get_call(call_id: UUID) -> CallFile:
    """One call with what it told; NotFound."""
    row = WebhookCall.objects.defer("body").filter(pk=call_id).first()
    if row is None:
        raise NotFound("webhooks.no_call", "There is no such call.")
    told = _told(ProviderTold.objects.filter(call=row).order_by("id")[:MOST_ON_A_PAGE])
    return CallFile(_call(row), row.address, bytes(row.body_sha256).hex(), row.headers, told)


def waiting_calls() -> tuple[int, float]:
    """How many calls nobody looked at, and for how many seconds the oldest waits."""
    found = WebhookCall.objects.filter(state=CallState.RECEIVED).aggregate(n=Count("pk"), oldest=Min("received_at"))
    age = (clock.now() - found["oldest"]).total_seconds() if found["oldest"] else 0.0
    return found["n"], max(0.0, age)


def count_rejected_since(since: datetime) -> int:
    """Calls that were false, not for us or not readable."""
    return WebhookCall.objects.filter(state=CallState.REJECTED, received_at__gte=since).count()


def _call(row: WebhookCall) -> CallLine:
    return CallLine(row.pk, row.provider, str(row.state), row.proof, row.why, _size(row), row.received_at)


def _size(row: WebhookCall) -> int:
    length = row.headers.get("content-length") or row.headers.get("Content-Length") or 0
    return int(length) if str(length).isdigit() else 0


def _told(rows: Iterable[ProviderTold]) -> list[ToldLine]:
    return [
        ToldLine(
            id=row.pk,
            provider=row.provider,
            kind=row.kind,
            key=row.key,
            reference=row.reference,
            provider_ref=row.provider_ref,
            amount=None if row.amount_minor is None else Money(row.amount_minor, row.currency),
            is_proved=row.is_proved,
            state=str(row.state),
            tries=row.tries,
            times_told=row.times_told,
            why=row.why,
            received_at=row.received_at,
            due_at=row.due_at,
            payment_id=row.payment_id,
            call_id=row.call_id,
        )
        for row in rows
    ]
