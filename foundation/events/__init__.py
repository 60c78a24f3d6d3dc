"""News: say in the past tense what became true, in the transaction that made it true."""

from foundation.events.publishing import publish
from foundation.events.types import Event, event_types

__all__ = ["Event", "event_types", "publish"]
