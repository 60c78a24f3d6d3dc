"""Another try for what providers told and nobody could apply, and for calls that were refused."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.errors import Conflict
from foundation.states import move
from processors.webhooks.models import ProviderTold, WebhookCall
from processors.webhooks.states import CallState, ToldState


def replay_told(*, told_id: UUID, by: Actor, at: datetime) -> str:
    """Have it tried again with the next batch; returns its kind. Conflict unless it is parked or was given up."""
    with transaction.atomic():
        told = ProviderTold.objects.locked(told_id)
        if told.state == ToldState.DEAD:
            move(told, to=ToldState.DUE, by=by, reason="replayed", at=at, tries=0, due_at=at, claimed_until=None)
        elif told.state == ToldState.PARKED:
            ProviderTold.objects.filter(pk=told.pk).update(due_at=at)
            record("providertold.replayed", by=by, subject=told, key=told.key)
        else:
            raise Conflict("webhooks.not_stuck", "It is not stuck: it was applied or waits its turn.", state=told.state)
        return told.kind


def replay_call(*, call_id: UUID, by: Actor, at: datetime) -> None:
    """Have a refused call proved and taken apart once more; Conflict for one that was read or waits."""
    with transaction.atomic():
        call = WebhookCall.objects.locked(call_id)
        move(call, to=CallState.RECEIVED, by=by, reason="replayed", at=at, claimed_until=None)
