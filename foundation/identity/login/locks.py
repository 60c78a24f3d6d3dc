"""What is written down when somebody fails: strangers are counted, known people get a record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from prometheus_client import Counter

from foundation.actors import Actor
from foundation.audit.models import Outcome
from foundation.audit.services import record
from foundation.events import publish
from foundation.identity.events import UserLocked
from foundation.identity.models import User

FAILURES = Counter("fanz_login_failures_total", "Tries to sign in or prove oneself that failed", ["kind"])


def note_failure(action: str, *, user: User, by: Actor, **facts: Any) -> None:
    with transaction.atomic():
        record(action, by=by, subject=user, outcome=Outcome.REFUSED, **facts)


def tell_of_lock(user: User | None, *, what: str, until: datetime, by: Actor) -> None:
    """Too many failures closed an account's sign-in; an address nobody has is closed just the same, without a word."""
    if user is None:
        return
    with transaction.atomic():
        record("user.locked", by=by, subject=user, what=what, until=until)
        publish(UserLocked(user.pk, what, until), key=user)
