from __future__ import annotations

from celery import shared_task

from foundation.notifications.delivering import deliver_due
from foundation.notifications.services import DELIVER


@shared_task(name=DELIVER)  # type: ignore[untyped-decorator]
def deliver() -> None:
    """Mail is due."""
    deliver_due()
