from __future__ import annotations

from celery import shared_task

from foundation import clock
from foundation.retry import retrying
from foundation.switches.services import tell_expired_stops


@shared_task(name="switches.sweep")  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Raise the alarm for stops that outlast their plan."""
    retrying(tell_expired_stops)(at=clock.now())
