"""News: say in the past tense what became true, in the transaction that made it true."""

from foundation.events.listening import News, on
from foundation.events.publishing import publish, publish_all, publish_in_order
from foundation.events.types import Event, event_types

__all__ = ["Event", "News", "event_types", "on", "publish", "publish_all", "publish_in_order"]
