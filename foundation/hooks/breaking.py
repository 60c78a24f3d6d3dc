"""Stop sending to a receiver that is gone; what it should have got waits, and its developers are told."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import system
from foundation.hooks.models import Endpoint
from foundation.hooks.states import EndpointState
from foundation.identity.selectors import developers_of
from foundation.notifications.services import notify
from foundation.states import move

SENDER = system("hooks")
BROKEN = "hook.broken"


def break_endpoint(*, endpoint_id: UUID, failing_since: datetime | None, why: str, at: datetime) -> None:
    """Turn it off, unless somebody was faster or it worked meanwhile."""
    with transaction.atomic():
        endpoint = Endpoint.objects.locked(endpoint_id)
        if endpoint.state != EndpointState.ON or (failing_since and endpoint.failing_since != failing_since):
            return
        move(endpoint, to=EndpointState.BROKEN, by=SENDER, reason=why, at=at, why=why)
        notify(
            recipients=developers_of(endpoint.platform_id),
            notice=BROKEN,
            dedupe=f"{BROKEN}:{endpoint.pk}:{endpoint.version}",
            facts={"endpoint": str(endpoint), "why": why, "endpoint_id": endpoint.pk},
            at=at,
        )
