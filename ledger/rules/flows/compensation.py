"""Making good what went wrong: we pay, the person gets."""

from __future__ import annotations

from foundation.money import Money
from ledger import chart
from ledger.rules.legs import Leg, Legs
from ledger.types import AccountKey


def compensate(paid_to: AccountKey, amount: Money) -> Legs:
    """A fan's wallet or a creator's available money is credited; it is our expense."""
    return (Leg("compensation.paid", chart.account("compensation", "expense", amount.currency), paid_to, amount),)
