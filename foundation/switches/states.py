"""What a switch can be, and what it can become."""

from __future__ import annotations

from django.db.models import TextChoices


class Kind(TextChoices):
    KILL = "kill", "Stops something"
    SETTING = "setting", "Forces a value"
    ROLLOUT = "rollout", "Lets in a share of cases"


class State(TextChoices):
    RUNNING = "RUNNING", "Works as it should"
    STOPPED = "STOPPED", "Stopped by a person; two people start it again"


MOVES = {State.RUNNING: (State.STOPPED,), State.STOPPED: (State.RUNNING,)}


class Deed(TextChoices):
    """What was done to a switch. The careful direction takes one person, the way back takes two."""

    STOPPED = "stopped", "Stopped"
    PROLONGED = "prolonged", "Kept stopped for longer"
    FORCED = "forced", "Value forced"
    LOWERED = "lowered", "Share lowered"
    RESUMED = "resumed", "Started again"
    RELEASED = "released", "Value back to normal"
    RAISED = "raised", "Share raised"


NEEDS_TWO = (Deed.RESUMED, Deed.RELEASED, Deed.RAISED)
