from __future__ import annotations

from celery import shared_task

from foundation import clock
from foundation.restrictions.services import end_run_out
from foundation.retry import retrying


@shared_task(name="restrictions.sweep")  # type: ignore[untyped-decorator]
def sweep() -> None:
    """End restrictions whose time is over."""
    retrying(end_run_out)(at=clock.now())
