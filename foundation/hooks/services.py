"""Endpoints: made, changed, given new secrets, turned off and on, tried, removed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.hooks.errors import refusal
from foundation.hooks.models import MOST_ENDPOINTS, Delivery, Endpoint
from foundation.hooks.queueing import queue
from foundation.hooks.rules.addresses import read_url
from foundation.hooks.signing import make_secret
from foundation.hooks.states import DeliveryState, EndpointState
from foundation.hooks.topics import TEST, TOPICS
from foundation.identity.models import Platform
from foundation.states import move

OVERLAP = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class FreshHook:
    """An endpoint and its secret, which nobody can show a second time."""

    endpoint: Endpoint
    secret: str


def create_endpoint(
    *, platform_id: UUID, url: str, topics: Iterable[str], name: str = "", by: Actor, at: datetime
) -> FreshHook:
    """An endpoint that is on from now. Refuses unsafe addresses, unknown topics, an eleventh endpoint."""
    chosen = _known(topics)
    _refuse_unsafe(url)
    shown, sealed = make_secret()
    with transaction.atomic():
        Platform.objects.locked(platform_id)
        taken = set(Endpoint.objects.filter(platform_id=platform_id).values_list("slot", flat=True))
        free = [slot for slot in range(1, MOST_ENDPOINTS + 1) if slot not in taken]
        if not free:
            raise refusal("hooks.too_many", most=MOST_ENDPOINTS)
        endpoint = Endpoint(
            platform_id=platform_id, slot=free[0], url=url, name=name.strip(), topics=chosen, secret=sealed,
            created_at=at,
        )  # fmt: skip
        endpoint.save(force_insert=True)
        record("hook_endpoint.created", by=by, subject=endpoint, url=url, topics=chosen)
    return FreshHook(endpoint, shown)


def change_endpoint(*, endpoint_id: UUID, platform_id: UUID, by: Actor, **changes: Any) -> Endpoint:
    """Another address, name or choice of topics; what waits goes to the new address."""
    with transaction.atomic():
        endpoint = _held(endpoint_id, platform_id)
        if "url" in changes:
            _refuse_unsafe(changes["url"])
        if "topics" in changes:
            changes["topics"] = _known(changes["topics"])
        before = {name: getattr(endpoint, name) for name in changes}
        for name, value in changes.items():
            setattr(endpoint, name, value)
        endpoint.version += 1
        endpoint.save(update_fields=[*changes, "version"])
        record("hook_endpoint.changed", by=by, subject=endpoint, before=before, after=changes)
    return endpoint


def rotate_secret(*, endpoint_id: UUID, platform_id: UUID, by: Actor, at: datetime) -> FreshHook:
    """A new secret; for 24 hours each call also bears the signature of the one before."""
    shown, sealed = make_secret()
    with transaction.atomic():
        endpoint = _held(endpoint_id, platform_id)
        endpoint.previous_secret, endpoint.previous_until = endpoint.secret, at + OVERLAP
        endpoint.secret = sealed
        endpoint.version += 1
        endpoint.save(update_fields=["secret", "previous_secret", "previous_until", "version"])
        record("hook_endpoint.secret_rotated", by=by, subject=endpoint, old_one_until=endpoint.previous_until)
    return FreshHook(endpoint, shown)


def turn_off(*, endpoint_id: UUID, platform_id: UUID, by: Actor, at: datetime) -> Endpoint:
    """Nothing is sent from now on; messages wait."""
    with transaction.atomic():
        endpoint = _held(endpoint_id, platform_id)
        move(endpoint, to=EndpointState.OFF, by=by, at=at, why="Turned off by hand.")
    return endpoint


def turn_on(*, endpoint_id: UUID, platform_id: UUID, by: Actor, at: datetime) -> Endpoint:
    """Send again, beginning with what waited; a week of trying begins anew for each."""
    with transaction.atomic():
        endpoint = _held(endpoint_id, platform_id)
        move(endpoint, to=EndpointState.ON, by=by, at=at, why="", failing_since=None)
        waiting = Delivery.objects.filter(endpoint=endpoint, state=DeliveryState.DUE)
        waiting.update(due_at=at, tries=0, first_tried_at=None)
    return endpoint


def remove_endpoint(*, endpoint_id: UUID, platform_id: UUID, by: Actor, at: datetime) -> None:
    """Take it away with its secrets; what waited for it is given up."""
    with transaction.atomic():
        endpoint = _held(endpoint_id, platform_id)
        gone: dict[str, Any] = {"secret": b"", "previous_secret": None, "previous_until": None}
        move(endpoint, to=EndpointState.REMOVED, by=by, at=at, slot=None, **gone)
        waiting = Delivery.objects.filter(endpoint=endpoint, state=DeliveryState.DUE)
        waiting.update(state=DeliveryState.GIVEN_UP, version=F("version") + 1, done_at=at, last_error="removed")


def send_test(*, endpoint_id: UUID, platform_id: UUID, by: Actor, at: datetime) -> Delivery:
    """A message that says nothing, to see that it arrives. Refuses an endpoint that is off."""
    with transaction.atomic():
        endpoint = _held(endpoint_id, platform_id)
        if endpoint.state != EndpointState.ON:
            raise refusal("hooks.not_on", state=endpoint.state)
        endpoint.tests += 1
        endpoint.save(update_fields=["tests"])
        message = queue(
            platform_id=platform_id, endpoints=[endpoint.pk], event_id=None, type=TEST, object_type="endpoint",
            object_id=str(endpoint.pk), sequence=endpoint.tests, at=at, facts={"says": "It works."},
        )  # fmt: skip
        record("hook_endpoint.tested", by=by, subject=endpoint)
    return Delivery.objects.get(endpoint=endpoint, message=message)


def _held(endpoint_id: UUID, platform_id: UUID) -> Endpoint:
    endpoint = Endpoint.objects.select_for_update().filter(pk=endpoint_id, platform_id=platform_id).first()
    if endpoint is None or endpoint.state == EndpointState.REMOVED:
        raise refusal("hooks.no_endpoint")
    return endpoint


def _known(topics: Iterable[str]) -> list[str]:
    chosen = sorted(set(topics))
    unknown = [topic for topic in chosen if topic not in TOPICS]
    if unknown or not chosen:
        raise refusal("hooks.unknown_topic", unknown=unknown, known=sorted(TOPICS))
    return chosen


def _refuse_unsafe(url: str) -> None:
    if read_url(url, may_be_here=settings.HOOKS_MAY_CALL_HERE) is None:
        raise refusal("hooks.unsafe_url")
