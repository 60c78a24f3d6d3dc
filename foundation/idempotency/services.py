"""The same request again finds the first one: one effect and one reply per caller and key."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models
from django.db.models import Func

from foundation import prepared
from foundation.actors import Actor
from foundation.errors import Conflict, PayloadMismatch
from foundation.idempotency.models import IdempotencyKey

State = IdempotencyKey.State
_EARLIER = """
SELECT created_at, request_hash, state, status, body, headers, resource_type, resource_id, lease_until - fanz_now()
FROM idempotency_key WHERE caller = %s AND key = %s
"""
_STORE = """
INSERT INTO idempotency_key (caller, key, platform_id, request_hash, resource_type, resource_id, state, status, headers,
                             body, lease_until, done_at, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, fanz_now() + %s::interval,
        CASE WHEN %s::boolean THEN fanz_now() END, fanz_now())
"""
_FINISH = """
UPDATE idempotency_key SET state = 'done', status = %s, headers = %s::jsonb, body = %s, done_at = fanz_now()
WHERE caller = %s AND key = %s AND state = 'in_flight' RETURNING id
"""
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
    rows = prepared.run(_EARLIER, [by.reference, key])
    if not rows:
        return None
    created_at, first_asked, state, status, body, headers, resource_type, resource_id, lease_left = rows[0]
    if first_asked != asked:
        raise PayloadMismatch()
    if state == State.IN_FLIGHT and lease_left > timedelta():
        raise InFlight(retry_after=int(lease_left.total_seconds()) + RETRY_IN_FLIGHT_SECONDS)
    reply = Reply(status, body, json.loads(headers)) if status is not None and body is not None else None
    return Earlier(created_at, reply, (resource_type, resource_id))


def keep_reply(
    *, by: Actor, key: str, asked: bytes, reply: Reply, resource: models.Model | tuple[str, str] | None = None
) -> None:
    """Store the reply in the transaction of the effect it tells of."""
    _store(by, key, asked, resource, State.DONE, reply=reply)


def begin_outside_call(
    *, by: Actor, key: str, asked: bytes, resource: models.Model | tuple[str, str], lease: timedelta
) -> None:
    """Store the key with the intent, before the outside call; until the lease ends a repeat is told to wait."""
    _store(by, key, asked, resource, State.IN_FLIGHT, lease=lease)


def finish_outside_call(*, by: Actor, key: str, reply: Reply) -> bool:
    """Store the final reply with the result; False when another hand stored one first, which then stands."""
    _inside()
    return bool(prepared.run(_FINISH, [reply.status, json.dumps(reply.headers), reply.body, by.reference, key]))


def end_lease(*, by: Actor, key: str) -> None:
    """The outside call came back without an end: from now on a repeat is told the resource as it stands."""
    _inside()
    IdempotencyKey.objects.filter(caller=by.reference, key=key, state=State.IN_FLIGHT).update(lease_until=_Now())


def _store(
    by: Actor, key: str, asked: bytes, resource: models.Model | tuple[str, str] | None, state: State, *,
    reply: Reply | None = None, lease: timedelta | None = None,
) -> None:  # fmt: skip
    _inside()
    resource_type, resource_id = (
        (resource._meta.label_lower, str(resource.pk)) if isinstance(resource, models.Model) else resource or ("", "")
    )
    values = [by.reference, key, by.platform_id, asked, resource_type, resource_id, str(state)]
    headers = json.dumps(reply.headers if reply else {})
    prepared.run(_STORE, [*values, reply and reply.status, headers, reply and reply.body, lease, state is State.DONE])


def _hold(name: str) -> bool:
    _inside()
    return bool(prepared.run("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 7))", [name])[0][0])


def _inside() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("a key commits with the effect it stands for: open the transaction first")
