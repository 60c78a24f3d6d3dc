"""Questions about requests that had an effect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation.idempotency.models import IdempotencyKey


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request under the name its caller gave it, and what it made."""

    number: int
    at: datetime
    caller: str
    key: str
    status: int | None
    resource_type: str
    resource_id: str


def list_requests(platform_id: UUID, *, before: int | None = None, limit: int = 50) -> list[RequestLine]:
    """A platform's requests, the newest first."""
    rows = IdempotencyKey.objects.filter(platform_id=platform_id).order_by("-id")
    columns = ("id", "created_at", "caller", "key", "status", "resource_type", "resource_id")
    return [RequestLine(*row) for row in (rows.filter(pk__lt=before) if before else rows).values_list(*columns)[:limit]]
