"""What a movement of a creator's money is called where they read it."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, str]] = {
    "earnings.settled": "Earnings settled",
    "reserve.released": "Reserve released",
    "payout.requested": "Payout asked for",
    "payout.cancelled": "Payout cancelled",
    "payout.failed": "Payout failed, back to you",
    "payout.fee_back": "Payout fee back",
    "payout.returned": "Payout returned by the bank",
    "payout.withheld": "Tax withheld",
    "payout.withheld_back": "Tax withheld, back to you",
    "credit.disbursed": "Advance paid out",
    "credit.repaid": "Advance repaid",
    "compensation.paid": "Compensation",
    "engagement.shared": "Engagement share",
    "debt.collected": "Debt settled",
}


def in_words(kind: str) -> str:
    """The words for a kind of movement; a kind without words is its own name."""
    return WORDS.get(kind) or kind.replace(".", ": ").replace("_", " ").capitalize()
