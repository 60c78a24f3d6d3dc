"""News as a group hears them, without runner and broker."""

from foundation.events.listening import News, handlers_of
from foundation.events.models import Outbox


def hear(group: str, *, times: int = 2) -> None:
    """Call this group's handlers for everything told so far; twice, for a handler may hear the same news again."""
    handlers = handlers_of(group)
    for _ in range(times):
        for row in Outbox.objects.order_by("id"):
            news = News(
                row.pk, row.at, row.stream, row.type, row.version, row.aggregate_type, row.aggregate_id, row.sequence,
                row.platform_id, row.payload,
            )  # fmt: skip
            for handler in handlers.get(row.type, []):
                handler(news)
