"""Lines of a month ago are deleted, in pieces."""

from __future__ import annotations

from datetime import datetime, timedelta

from foundation.requests.models import RequestLine

KEPT, BATCH = timedelta(days=30), 5_000


def forget_old_lines(*, at: datetime) -> int:
    gone = 0
    while True:
        old = RequestLine.objects.filter(at__lt=at - KEPT).order_by("id").values_list("pk", flat=True)[:BATCH]
        deleted, _ = RequestLine.objects.filter(pk__in=list(old)).delete()
        if not deleted:
            return gone
        gone += deleted
