"""Staff sessions: second factor, idle and absolute age, stepping up for dangerous actions."""

from __future__ import annotations

from django.conf import settings

from foundation import clock
from foundation.actors import Actor


def has_stepped_up(actor: Actor) -> bool:
    """Whether this person proved to be themselves within the last minutes."""
    return actor.stepped_up_at is not None and clock.now() - actor.stepped_up_at < settings.STEP_UP_LASTS
