"""What developers see of their endpoints, and what of the whole is watched."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from foundation import prepared
from foundation.hooks.errors import refusal
from foundation.hooks.models import Attempt, Delivery, Endpoint
from foundation.hooks.states import DeliveryState, EndpointState

_HEALTH = """
SELECT endpoint_id, count(*), count(*) FILTER (WHERE status BETWEEN 200 AND 299),
    percentile_disc(0.95) WITHIN GROUP (ORDER BY milliseconds)
FROM hook_attempt WHERE endpoint_id = ANY(%s) AND at > %s GROUP BY endpoint_id
"""
_WAITING = """
SELECT endpoint_id, count(*) FILTER (WHERE state IN ('DUE', 'SENDING')), count(*) FILTER (WHERE state = 'GIVEN_UP')
FROM hook_delivery WHERE endpoint_id = ANY(%s) AND state IN ('DUE', 'SENDING', 'GIVEN_UP') GROUP BY endpoint_id
"""
_LAG = """
SELECT count(*), coalesce(extract(epoch FROM fanz_now() - min(due_at)), 0)::float8
FROM hook_delivery JOIN hook_endpoint AS endpoint ON endpoint.id = endpoint_id
WHERE endpoint.state = 'ON' AND endpoint.failing_since IS NULL AND hook_delivery.state = 'DUE'
AND hook_delivery.due_at <= fanz_now()
"""
# What was tried last at each endpoint stands for deliveries further down: each of them changes by a try.
_MARKS = """
SELECT asked.id, concat(
    (SELECT md5(string_agg(concat_ws(' ', id, version, (
        SELECT at FROM hook_attempt WHERE endpoint_id = hook_endpoint.id ORDER BY at DESC LIMIT 1
    ), url, name, topics, state, failing_since, previous_until), ' ' ORDER BY id))
    FROM hook_endpoint WHERE platform_id = asked.id AND state <> 'REMOVED'),
    (SELECT md5(string_agg(concat_ws(' ', id, version), ' ' ORDER BY id)) FROM (
        SELECT id, version FROM hook_delivery WHERE platform_id = asked.id ORDER BY id DESC LIMIT %s
    ) AS newest)
) FROM unnest(%s::uuid[]) AS asked (id)
"""
MARKED = 100
HEALTH_OF = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint did in the last day, and what waits for it."""

    tries: int = 0
    taken: int = 0
    p95_milliseconds: int | None = None
    waiting: int = 0
    given_up: int = 0

    @property
    def percent(self) -> str:
        return f"{100 * self.taken / self.tries:.1f} %" if self.tries else ""


def list_endpoints(platform_id: UUID) -> QuerySet[Endpoint]:
    """The platform's endpoints, newest first."""
    return Endpoint.objects.filter(platform_id=platform_id).exclude(state=EndpointState.REMOVED).order_by("-id")


def get_endpoint(endpoint_id: UUID, *, platform_id: UUID) -> Endpoint:
    """One endpoint; NotFound for another platform's and for one that was removed."""
    found = list_endpoints(platform_id).filter(pk=endpoint_id).first()
    if found is None:
        raise refusal("hooks.no_endpoint")
    return found


def list_deliveries(
    platform_id: UUID, *, endpoint_id: UUID | None = None, state: str = "", type: str = ""
) -> QuerySet[Delivery]:
    """What was told to whom, newest first."""
    rows = Delivery.objects.filter(platform_id=platform_id).select_related("message", "endpoint").order_by("-id")
    wanted = {"endpoint_id": endpoint_id, "state": state, "message__type": type}
    return rows.filter(**{name: value for name, value in wanted.items() if value})


def get_delivery(delivery_id: UUID, *, platform_id: UUID) -> Delivery:
    found = list_deliveries(platform_id).filter(pk=delivery_id).first()
    if found is None:
        raise refusal("hooks.no_delivery")
    return found


def list_attempts(delivery: Delivery) -> list[Attempt]:
    """The last tries, the latest first."""
    return list(Attempt.objects.filter(delivery=delivery).order_by("-id")[:50])


def health_of(endpoints: list[UUID], *, at: datetime) -> Mapping[UUID, Health]:
    """Each endpoint's last day in two questions."""
    with connection.cursor() as cursor:
        cursor.execute(_HEALTH, [endpoints, at - HEALTH_OF])
        tried = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(_WAITING, [endpoints])
        waits = {row[0]: row[1:] for row in cursor.fetchall()}
    return {one: Health(*tried.get(one, (0, 0, None)), *waits.get(one, (0, 0))) for one in endpoints}


def marks_of(platform_ids: Collection[UUID]) -> dict[UUID, str]:
    """A mark of the endpoints and newest deliveries of each of these platforms: another one as soon as they change."""
    return dict(prepared.run(_MARKS, [MARKED, list(platform_ids)]))


def sending_lag() -> tuple[int, float]:
    """How much is due for receivers that work, and for how many seconds the oldest of it."""
    with connection.cursor() as cursor:
        cursor.execute(_LAG)
        count, age = cursor.fetchone()
    return int(count), max(0.0, float(age))


def count_broken() -> int:
    return Endpoint.objects.filter(state=EndpointState.BROKEN).count()


def count_given_up() -> int:
    given_up = Delivery.objects.filter(state=DeliveryState.GIVEN_UP)
    return given_up.exclude(endpoint__state=EndpointState.REMOVED).count()
