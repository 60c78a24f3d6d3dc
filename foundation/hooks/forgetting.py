"""What was told a month ago is forgotten, with its log: it is not told again after that."""

from __future__ import annotations

from datetime import datetime

from foundation.hooks.models import Attempt, Delivery, Message
from foundation.hooks.rules.retrying import KEPT

BATCH = 5_000


def forget_old_messages(*, at: datetime) -> int:
    """Delete in pieces; returns how many messages went."""
    gone = 0
    while True:
        old = list(Message.objects.filter(told_at__lt=at - KEPT).order_by("id").values_list("pk", flat=True)[:BATCH])
        if not old:
            return gone
        Attempt.objects.filter(delivery__message__in=old).delete()
        Delivery.objects.filter(message__in=old).delete()
        gone += Message.objects.filter(pk__in=old).delete()[0]
