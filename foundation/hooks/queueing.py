"""Rooms offer topics; their news are written down for whoever subscribed, in the transaction that hears them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder

from foundation import clock, prepared, rows
from foundation.events.listening import News, on
from foundation.hooks.models import Delivery, Message
from foundation.hooks.topics import TOPICS, Describe, Facts, Topic

GROUP = "hooks"
# Whoever is off still collects: nothing is lost while an address is mended.
_SUBSCRIBED = """
SELECT platform_id, id FROM hook_endpoint
WHERE state <> 'REMOVED' AND %s = ANY(topics) AND platform_id = coalesce(%s::uuid, platform_id) ORDER BY platform_id, id
"""


def offer(type: str, *, about: str, told_when: str, describe: Describe, example: Facts) -> None:
    """Let platforms subscribe to this news. `describe` gives what this one platform may know of it, or None when it
    is no business of theirs; whatever it leaves out never leaves the house."""
    TOPICS.add(type, Topic(type, about, told_when, describe, example))
    on(type, group=GROUP)(hear)


def hear(news: News) -> None:
    """Queue this news for every endpoint that chose its topic, on platforms that may know of it. Twice is once."""
    topic = TOPICS[news.type]
    subscribed: dict[UUID, list[UUID]] = {}
    for platform_id, endpoint_id in prepared.run(_SUBSCRIBED, [news.type, news.platform_id]):
        subscribed.setdefault(platform_id, []).append(endpoint_id)
    for platform_id, endpoints in subscribed.items():
        facts = topic.describe(news, platform_id)
        if facts is not None:
            queue(
                platform_id=platform_id, endpoints=endpoints, event_id=news.id, type=news.type,
                object_type=topic.about, object_id=news.aggregate_id, sequence=news.sequence, at=news.at, facts=facts,
            )  # fmt: skip


def queue(
    *, platform_id: UUID, endpoints: Iterable[UUID], event_id: int | None, type: str, object_type: str, object_id: str,
    sequence: int, at: datetime, facts: Facts,
) -> Message | None:  # fmt: skip
    """One message and its way to each endpoint; None when this news was queued before."""
    told = {
        "type": type, "timestamp": at, "sequence": sequence, "object": {"type": object_type, "id": object_id},
        "data": facts,
    }  # fmt: skip
    message = Message(
        platform_id=platform_id, event_id=event_id, type=type, about=f"{object_type}:{object_id}", sequence=sequence,
        body=json.dumps(told, cls=DjangoJSONEncoder, separators=(",", ":")), told_at=at,
    )  # fmt: skip
    if not rows.insert_new(message):
        return None
    due = clock.now()
    Delivery.objects.bulk_create(
        Delivery(
            endpoint_id=endpoint_id, message_id=message.pk, platform_id=platform_id, about=message.about,
            sequence=sequence, due_at=due,
        )
        for endpoint_id in endpoints
    )  # fmt: skip
    return message
