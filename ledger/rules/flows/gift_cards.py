"""A gift card: paid for, redeemed into a wallet, or expired."""

from __future__ import annotations

from uuid import UUID

from foundation.money import Money
from ledger import chart
from ledger.rules.legs import Leg, Legs
from ledger.types import AccountKey


def sell(amount: Money, paid_from: AccountKey) -> Legs:
    """Somebody pays for a card; we owe its value to whoever redeems it."""
    return (Leg("gift_card.sold", paid_from, _outstanding(amount), amount),)


def redeem(fan_id: UUID, amount: Money) -> Legs:
    """The value moves into a wallet. One card cannot be redeemed twice: its journal's id is the card's."""
    return (Leg("gift_card.redeemed", _outstanding(amount), chart.wallet(fan_id, amount.currency), amount),)


def expire(amount: Money) -> Legs:
    """Nobody redeemed it in time: the value is income."""
    return (Leg("gift_card.expired", _outstanding(amount), chart.revenue(None, "gift_card", amount.currency), amount),)


def _outstanding(amount: Money) -> AccountKey:
    return chart.account("gift_card", "outstanding", amount.currency)
