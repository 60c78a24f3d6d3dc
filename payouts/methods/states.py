"""The rails a creator may be paid by, and the life of one destination."""

from __future__ import annotations

from django.db.models import TextChoices


class Rail(TextChoices):
    PAXUM = "paxum", "Paxum"
    EPAYSERVICE = "epayservice", "ePayService"
    ACH = "ach", "US bank transfer (ACH)"
    SEPA = "sepa", "SEPA transfer"
    WIRE = "wire", "Wire"
    CRYPTO = "crypto", "Coins"


class MethodState(TextChoices):
    UNVERIFIED = "UNVERIFIED", "Given, not proved"
    COOLING = "COOLING", "Proved; waits because it is new or was changed"
    ACTIVE = "ACTIVE", "May be paid to"
    DISABLED = "DISABLED", "The bank refused it; it has to be corrected"
    REPLACED = "REPLACED", "Replaced or removed"


M = MethodState
METHOD_MOVES = {
    M.UNVERIFIED: (M.COOLING, M.ACTIVE, M.REPLACED),
    M.COOLING: (M.ACTIVE, M.DISABLED, M.REPLACED),
    M.ACTIVE: (M.DISABLED, M.REPLACED),
    M.DISABLED: (M.REPLACED,),
}
