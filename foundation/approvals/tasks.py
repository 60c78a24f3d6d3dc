from __future__ import annotations

from celery import shared_task

from foundation import clock
from foundation.approvals.services import expire_run_out, tell_late
from foundation.retry import retrying


@shared_task(name="approvals.sweep")  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Close what ran out of time and speak of what is late."""
    at = clock.now()
    retrying(expire_run_out)(at=at)
    retrying(tell_late)(at=at)
