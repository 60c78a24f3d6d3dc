"""Why no address can be given, and what an operator did wrong."""

from __future__ import annotations

from typing import Any

from foundation.errors import Conflict, Invalid, NotFound, Refusal, Unavailable

REFUSALS: dict[str, tuple[type[Refusal], str]] = {
    "crypto.no_key": (Unavailable, "There is no account whose addresses could be given for this coin."),
    "crypto.no_rate": (Unavailable, "No rate of this coin is fresh enough to name a price in it."),
    "crypto.not_set_up": (Unavailable, "Our own addresses are not set up."),
    "crypto.unknown_coin": (Invalid, "We take no such coin."),
    "crypto.key_known": (Conflict, "This key is in use; its addresses would be given twice."),
    "crypto.no_attempt": (NotFound, "There is no such attempt."),
    "crypto.no_invoice": (NotFound, "There is no such invoice."),
    "crypto.not_taken": (Conflict, "Its payment did not take what its coins paid; a person has to look."),
    "crypto.one_invoice": (Conflict, "This payment has its address already."),
    "crypto.bad_coins": (Invalid, "The chain of this coin has fewer digits behind the point, or this is no amount."),
    "crypto.unlikely_coins": (Invalid, "So many coins are not worth this refund; look at the point and the zeros."),
    "crypto.bad_network": (Invalid, "There is no such network."),
}


def refusal(code: str, **facts: Any) -> Refusal:
    kind, sentence = REFUSALS[code]
    return kind(code, sentence, **facts)
