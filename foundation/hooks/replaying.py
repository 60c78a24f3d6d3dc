"""Say again what was said or given up: under the same id, signed anew, in the order of each thing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.hooks.errors import refusal
from foundation.hooks.models import Delivery, Endpoint, Message
from foundation.hooks.rules.retrying import KEPT
from foundation.hooks.states import DeliveryState, EndpointState


def replay_delivery(*, delivery_id: UUID, platform_id: UUID, by: Actor, at: datetime) -> Delivery:
    """Once more now. One that waits for its next try comes at once; one that is being sent is left alone."""
    with transaction.atomic():
        held = Delivery.objects.select_for_update(of=("self",)).select_related("endpoint", "message")
        delivery = held.filter(pk=delivery_id, platform_id=platform_id).first()
        if delivery is None:
            raise refusal("hooks.no_delivery")
        if delivery.endpoint.state == EndpointState.REMOVED:
            raise refusal("hooks.removed")
        if delivery.state == DeliveryState.SENDING:
            raise refusal("hooks.not_done")
        if delivery.message.told_at < at - KEPT:
            raise refusal("hooks.too_old")
        _again(Delivery.objects.filter(pk=delivery.pk), at)
        record("hook_delivery.replayed", by=by, subject=delivery, before=delivery.state)
    delivery.refresh_from_db()
    return delivery


def replay_failed(*, endpoint_id: UUID, platform_id: UUID, since: datetime, by: Actor, at: datetime) -> int:
    """All this endpoint did not take since then: what was given up, and what waits for its next try."""
    with transaction.atomic():
        endpoint = Endpoint.objects.filter(pk=endpoint_id, platform_id=platform_id).first()
        if endpoint is None or endpoint.state == EndpointState.REMOVED:
            raise refusal("hooks.no_endpoint")
        # Not by a join: the state is then asked of the row as it is once its lock is ours.
        failed = Delivery.objects.filter(
            endpoint=endpoint,
            state__in=[DeliveryState.GIVEN_UP, DeliveryState.DUE],
            message__in=Message.objects.filter(told_at__gte=max(since, at - KEPT)),
        )
        count = _again(failed, at)
        record("hook_endpoint.replayed", by=by, subject=endpoint, since=since, deliveries=count)
    return count


def _again(deliveries: QuerySet[Delivery], at: datetime) -> int:
    return deliveries.update(
        state=DeliveryState.DUE, due_at=at, tries=0, first_tried_at=None, done_at=None, version=F("version") + 1
    )
