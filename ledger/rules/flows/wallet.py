"""A fan's wallet: loaded by card, bank, coins or gift card, spent on every platform."""

from __future__ import annotations

from uuid import UUID

from foundation.money import Money
from ledger import chart
from ledger.rules.legs import Leg, Legs, Moved
from ledger.types import AccountKey


def top_up(fan_id: UUID, amount: Money, paid_from: AccountKey) -> Legs:
    """The fan pays a processor and has the amount in the wallet. Spending it is a sale paid from the wallet."""
    return (Leg("wallet.topped_up", paid_from, chart.wallet(fan_id, amount.currency), amount),)


def return_top_up(topped_up: Moved, amount: Money) -> Legs:
    """Unspent money goes back to the card it came from; never more than came from there."""
    return (topped_up.back("wallet.returned", amount),)


def cash_back(fan_id: UUID, amount: Money, platform_id: UUID | None = None) -> Legs:
    """A part of a purchase comes back as a reward; we pay it."""
    promotion = chart.account("platform", "promotion", amount.currency, platform=platform_id)
    return (Leg("wallet.cash_back", promotion, chart.wallet(fan_id, amount.currency), amount),)
