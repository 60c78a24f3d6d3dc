"""The life of a difference."""

from django.db.models import TextChoices


class State(TextChoices):
    OPEN = "OPEN", "Waits for somebody to take it"
    TAKEN = "TAKEN", "Somebody works on it"
    RESOLVED = "RESOLVED", "A posting settled it, or the other side came after all"


MOVES = {
    State.OPEN: (State.TAKEN, State.RESOLVED),
    State.TAKEN: (State.OPEN, State.TAKEN, State.RESOLVED),
}


class Kind(TextChoices):
    MISSING = "missing", "We booked it; their statement does not list it"
    UNEXPECTED = "unexpected", "Their statement lists it; we did not book it"
    DIFFERENT = "different", "Both know it, and say different things"
    BALANCE = "balance", "A balance is not what its movements add up to"
    HELD = "held", "What is reserved is not what its holds add up to"
    SUM = "sum", "All balances of a currency do not add up to nothing"


# Hours until somebody has to have settled it: our own books first.
SLA_HOURS = {Kind.SUM: 1, Kind.BALANCE: 4, Kind.HELD: 4, Kind.UNEXPECTED: 24, Kind.DIFFERENT: 48, Kind.MISSING: 72}
