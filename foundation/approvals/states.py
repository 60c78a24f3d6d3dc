"""The life of a request for a second person's agreement."""

from __future__ import annotations

from django.db.models import TextChoices


class State(TextChoices):
    PENDING = "PENDING", "Waits for people to decide"
    APPROVED = "APPROVED", "Enough people agreed; the change is being applied in the same breath"
    APPLIED = "APPLIED", "The change was made"
    FAILED = "FAILED", "Enough people agreed, but the world had moved on: nothing was changed"
    REJECTED = "REJECTED", "Somebody said no"
    WITHDRAWN = "WITHDRAWN", "Whoever asked took it back"
    EXPIRED = "EXPIRED", "Nobody decided in time"


MOVES = {
    State.PENDING: (State.APPROVED, State.REJECTED, State.WITHDRAWN, State.EXPIRED),
    State.APPROVED: (State.APPLIED, State.FAILED),
}

OPEN = (State.PENDING, State.APPROVED)


class Verdict(TextChoices):
    APPROVE = "approve", "Approved"
    REJECT = "reject", "Rejected"
