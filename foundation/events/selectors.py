"""Which news were told about something."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from foundation.events.models import Outbox

A_TRANSACTION = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class NewsLine:
    """One piece of news, without what it says."""

    id: int
    at: datetime
    type: str
    aggregate_type: str
    aggregate_id: str
    sequence: int


def news_about(subjects: Iterable[tuple[str, str]], at: datetime) -> list[NewsLine]:
    """What was told of these things by a transaction at this moment, oldest first."""
    about = Q()
    for kind, id in set(subjects):
        about |= Q(aggregate_type=kind, aggregate_id=id)
    if not about:
        return []
    rows = Outbox.objects.filter(about, at__range=(at - A_TRANSACTION, at + A_TRANSACTION)).order_by("id")
    return [
        NewsLine(row.pk, row.at, row.type, row.aggregate_type, row.aggregate_id, row.sequence) for row in rows[:100]
    ]
