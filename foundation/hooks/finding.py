"""A developer's endpoints by name or address, and what was sent to them by its number."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from foundation.hooks.models import Delivery
from foundation.hooks.selectors import list_endpoints
from foundation.hooks.states import DeliveryState, EndpointState
from foundation.search import Asked, Finder, Hit, finders


def find_endpoints(asked: Asked) -> list[Hit]:
    if asked.viewer.platform_id is None:
        return []
    called = Q(pk=asked.id) if asked.id else Q(url__icontains=asked.words) | Q(name__icontains=asked.words)
    rows = list_endpoints(asked.viewer.platform_id).filter(called)
    return [Hit(str(row), EndpointState(row.state).label, (row.pk,)) for row in rows[: asked.most]]


def find_deliveries(asked: Asked) -> list[Hit]:
    """By our id, or by the `webhook-id` a receiver saw: `msg_…`."""
    number = asked.id or _message(asked.words)
    if asked.viewer.platform_id is None or number is None:
        return []
    rows = Delivery.objects.filter(Q(pk=number) | Q(message_id=number), platform_id=asked.viewer.platform_id)
    return [
        Hit(row.message.type, f"to {row.endpoint}: {DeliveryState(row.state).label}", (row.pk,))
        for row in rows.select_related("message", "endpoint").order_by("-id")[: asked.most]
    ]


def _message(words: str) -> UUID | None:
    try:
        return UUID(words.removeprefix("msg_"))
    except ValueError:
        return None


finders.add("endpoints", Finder("Webhooks", "out", "developers:webhook", find_endpoints))
finders.add("deliveries", Finder("Sent webhooks", "mail", "developers:delivery", find_deliveries))
