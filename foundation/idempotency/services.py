"""The same request again finds the first one: one effect and one reply per caller and key."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models
from django.db.models import Func

from foundation.actors import Actor
from foundation.errors import Conflict, PayloadMismatch
from foundation.idempotency.models import IdempotencyKey

State = IdempotencyKey.State
RETRY_IN_FLIGHT_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Reply:
    """What the caller got, byte by byte."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The first request under this key: its reply, or the resource whose outcome is still open."""

    at: datetime
    reply: Reply | None
    resource: tuple[str, str]


class InFlight(Conflict):
    title, default_code, retryable = "The same request is being worked on", "idempotency.in_flight", True


class _Now(Func):
    function = "fanz_now"
    output_field = models.DateTimeField()


def request_hash(method: str, path: str, body: Any) -> bytes:
    """Equal for requests that ask for the same, however their JSON was spelled."""
    asked = json.dumps([method, path, body], sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(asked.encode()).digest()


def find_earlier(*, by: Actor, key: str, asked: bytes) -> Earlier | None:
    """Hold this key until the transaction ends and look for the first request.

    Refuses with InFlight while another transaction or a lease holds it, PayloadMismatch when it asked something else.
    """
    if not _hold(f"{by.reference}\x1f{key}"):
        raise InFlight(retry_after=RETRY_IN_FLIGHT_SECONDS)
    row = (
        IdempotencyKey.objects.filter(caller=by.reference, key=key)
        .annotate(lease_left=models.F("lease_until") - _Now())
        .first()
    )
    if row is None:
        return None
    if bytes(row.request_hash) != asked:
        raise PayloadMismatch()
    if row.state == State.IN_FLIGHT and row.lease_left > timedelta():
        raise InFlight(retry_after=int(row.lease_left.total_seconds()) + RETRY_IN_FLIGHT_SECONDS)
    reply = Reply(row.status, bytes(row.body), row.headers) if row.status is not None and row.body is not None else None
    return Earlier(row.created_at, reply, (row.resource_type, row.resource_id))


def keep_reply(
    *, by: Actor, key: str, asked: bytes, reply: Reply, resource: models.Model | tuple[str, str] | None = None
) -> None:
    """Store the reply in the transaction of the effect it tells of."""
    _store(by, key, asked, resource, state=State.DONE, status=reply.status, headers=reply.headers, body=reply.body,
           done_at=_Now())  # fmt: skip


def begin_outside_call(
    *, by: Actor, key: str, asked: bytes, resource: models.Model | tuple[str, str], lease: timedelta
) -> None:
    """Store the key with the intent, before the outside call; until the lease ends a repeat is told to wait."""
    _store(by, key, asked, resource, state=State.IN_FLIGHT, lease_until=_Now() + lease)


def finish_outside_call(*, by: Actor, key: str, reply: Reply) -> bool:
    """Store the final reply with the result; False when another hand stored one first, which then stands."""
    _inside()
    changed = IdempotencyKey.objects.filter(caller=by.reference, key=key, state=State.IN_FLIGHT).update(
        state=State.DONE, status=reply.status, headers=reply.headers, body=reply.body, done_at=_Now()
    )
    return bool(changed)


def end_lease(*, by: Actor, key: str) -> None:
    """The outside call came back without an end: from now on a repeat is told the resource as it stands."""
    _inside()
    IdempotencyKey.objects.filter(caller=by.reference, key=key, state=State.IN_FLIGHT).update(lease_until=_Now())


def _store(by: Actor, key: str, asked: bytes, resource: models.Model | tuple[str, str] | None, **columns: Any) -> None:
    _inside()
    resource_type, resource_id = (
        (resource._meta.label_lower, str(resource.pk)) if isinstance(resource, models.Model) else resource or ("", "")
    )
    IdempotencyKey.objects.create(
        caller=by.reference, key=key, platform_id=by.platform_id, request_hash=asked, created_at=_Now(),
        resource_type=resource_type, resource_id=resource_id, **columns,
    )  # fmt: skip


def _hold(name: str) -> bool:
    _inside()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 7))", [name])
        (is_held,) = cursor.fetchone()
    return bool(is_held)


def _inside() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("a key commits with the effect it stands for: open the transaction first")
