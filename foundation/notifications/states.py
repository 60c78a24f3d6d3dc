"""How much a notice asks of its reader, and the life of one mail."""

from __future__ import annotations

from django.db.models import TextChoices


class Level(TextChoices):
    INFO = "INFO", "For your information"
    WARNING = "WARNING", "Worth a look"
    ACTION_REQUIRED = "ACTION_REQUIRED", "Waits for you"


class State(TextChoices):
    DUE = "DUE", "Waits for its moment"
    SENDING = "SENDING", "Held by a worker until its lease ends"
    SENT = "SENT", "Taken by the mail server"
    UNKNOWN = "UNKNOWN", "Handed over, and no answer came: it may have arrived"
    FAILED = "FAILED", "Refused for good, or tried too often"


MOVES = {
    State.DUE: (State.SENDING,),
    State.SENDING: (State.SENT, State.DUE, State.UNKNOWN, State.FAILED),
    State.UNKNOWN: (State.DUE,),
    State.FAILED: (State.DUE,),
}
