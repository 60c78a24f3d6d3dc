"""The life of a call from a provider, and of each thing it tells."""

from __future__ import annotations

from django.db.models import TextChoices


class CallState(TextChoices):
    RECEIVED = "RECEIVED", "Stored byte by byte, not looked at"
    READ = "READ", "Proved or not, and taken apart into what it tells"
    REJECTED = "REJECTED", "False, not for us, or not readable"


CALL_MOVES = {CallState.RECEIVED: (CallState.READ, CallState.REJECTED), CallState.REJECTED: (CallState.RECEIVED,)}


class ToldState(TextChoices):
    DUE = "DUE", "Waits for its turn"
    APPLIED = "APPLIED", "It changed what it is about"
    STALE = "STALE", "More was known already"
    PARKED = "PARKED", "Nothing it could be about is known yet; tried again"
    DEAD = "DEAD", "Tried often enough; a person decides"


T = ToldState
TOLD_MOVES = {
    T.DUE: (T.APPLIED, T.STALE, T.PARKED),
    T.PARKED: (T.APPLIED, T.STALE, T.DEAD),
    T.STALE: (T.DUE,),
    T.DEAD: (T.DUE,),
}
