"""Staff sessions: second factor, idle and absolute age, stepping up for dangerous actions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session

from foundation import clock
from foundation.actors import Actor
from foundation.audit.services import record
from foundation.identity.models import SessionMark


def has_stepped_up(actor: Actor) -> bool:
    """Whether this person proved to be themselves within the last minutes."""
    return actor.stepped_up_at is not None and clock.now() - actor.stepped_up_at < settings.STEP_UP_LASTS


def end_sessions(*, user_id: UUID, by: Actor, at: datetime, reason: str, but: str = "") -> int:
    """Close every session of this person, except perhaps the one they are acting in."""
    marks = SessionMark.objects.filter(user_id=user_id).exclude(session_key=but)
    keys = list(marks.values_list("session_key", flat=True))
    if keys:
        Session.objects.filter(session_key__in=keys).delete()
        marks.delete()
        record(
            "user.sessions_ended", by=by, subject=("identity.user", str(user_id)), reason=reason, ended=len(keys), at=at
        )
    return len(keys)
