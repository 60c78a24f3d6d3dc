"""The life of an invoice at our own address, and of each transfer to it."""

from __future__ import annotations

from django.db.models import TextChoices


class DepositState(TextChoices):
    SEEN = "SEEN", "Announced to the network, in no block yet"
    CONFIRMING = "CONFIRMING", "In a block, not deep enough"
    CONFIRMED = "CONFIRMED", "Deep enough: the coins are ours"
    REORGED = "REORGED", "Its block is gone; it may come again"
    DROPPED = "DROPPED", "The network forgot or replaced it"


D = DepositState
DEPOSIT_MOVES = {
    D.SEEN: (D.CONFIRMING, D.DROPPED),
    D.CONFIRMING: (D.CONFIRMED, D.REORGED),
    D.CONFIRMED: (D.REORGED,),
    D.REORGED: (D.SEEN, D.CONFIRMING, D.DROPPED),
    D.DROPPED: (D.SEEN, D.CONFIRMING),
}
IN_A_BLOCK = (D.CONFIRMING, D.CONFIRMED)
COMING = (D.SEEN, D.CONFIRMING)


class InvoiceState(TextChoices):
    CREATED = "CREATED", "Waits for coins"
    SEEN = "SEEN", "Coins are announced"
    CONFIRMING = "CONFIRMING", "Coins are in a block, not deep enough"
    UNDERPAID = "UNDERPAID", "Less came than was asked for"
    EXPIRED = "EXPIRED", "Nothing came in time"
    CONFIRMED = "CONFIRMED", "Paid in time"
    OVERPAID = "OVERPAID", "Paid, and more than asked for"
    LATE = "LATE", "Coins came too late and counted at the price of that moment"
    REORGED = "REORGED", "Its coins vanished from the chain"
    SETTLED = "SETTLED", "So deep that nothing will change it"


S = InvoiceState
PAID_MOVES = (S.CONFIRMED, S.OVERPAID, S.LATE)
INVOICE_MOVES = {
    S.CREATED: (S.SEEN, S.CONFIRMING, S.UNDERPAID, S.EXPIRED, *PAID_MOVES),
    S.SEEN: (S.CREATED, S.CONFIRMING, S.UNDERPAID, S.EXPIRED, S.REORGED, *PAID_MOVES),
    S.CONFIRMING: (S.CREATED, S.SEEN, S.UNDERPAID, S.EXPIRED, S.REORGED, *PAID_MOVES),
    S.UNDERPAID: (S.SEEN, S.CONFIRMING, S.REORGED, *PAID_MOVES),
    S.EXPIRED: (S.SEEN, S.CONFIRMING, S.UNDERPAID, *PAID_MOVES),
    S.REORGED: (S.CREATED, S.SEEN, S.CONFIRMING, S.UNDERPAID, S.EXPIRED, *PAID_MOVES),
    S.CONFIRMED: (S.OVERPAID, S.REORGED, S.SETTLED),
    S.OVERPAID: (S.REORGED, S.SETTLED),
    S.LATE: (S.SEEN, S.CONFIRMING, S.CONFIRMED, S.OVERPAID, S.REORGED, S.SETTLED),
    S.SETTLED: (S.OVERPAID, S.REORGED),
}
